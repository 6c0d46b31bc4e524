// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "differential/kernel.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "loader/load/kernel_maps.h"
#include "loader/syscall/btf_load.h"
#include "loader/syscall/map_create.h"
#include "loader/syscall/prog_load.h"

namespace bpfcheck::differential {
namespace {

namespace sys = loader::sys;

Result<sys::Fd> make_map(const loader::MapDef& def, const sys::Fd& types) {
  sys::MapCreate q = loader::plain_request(def);
  if (def.has_btf) {
    q.btf_fd = types.get();
    q.btf_key_type_id = def.btf_key_type_id;
    q.btf_value_type_id = def.btf_value_type_id;
  }
  BPFCHECK_ASSIGN(sys::Fd map, sys::map_create(q));
  constexpr u8 only[4] = {};
  if (!def.initial.empty()) BPFCHECK_TRY(sys::map_update(map, only, def.initial));
  if (def.frozen) BPFCHECK_TRY(sys::map_freeze(map));
  return map;
}

bool names_map(const Insn& i) {
  return i.code == bpf::LD_IMM64 && (i.src == bpf::PSEUDO_MAP_FD || i.src == bpf::PSEUDO_MAP_VALUE);
}

}  // namespace

Result<Kernel> Kernel::open(btf::BtfPtr vmlinux) {
  Kernel k;
  k.vmlinux_ = std::move(vmlinux);
  sys::BtfAnswer types = sys::btf_load(raw_types());
  if (!types.fd) return sys::failed("bpf(BPF_BTF_LOAD)", -types.errnum);
  k.types_ = std::move(types.fd);
  for (int i = 0; i < map_count; i++) {
    BPFCHECK_ASSIGN(k.maps_[static_cast<size_t>(i)], make_map(map_def(i), k.types_));
  }
  return k;
}

Result<void> Kernel::drop_privileges() {
  constexpr u32 net_admin = 1u << 12, high_bpf = 1u << (39 - 32);  // CAP_NET_ADMIN, CAP_BPF
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2] = {{net_admin, net_admin, 0}, {high_bpf, high_bpf, 0}};
  if (syscall(SYS_capset, &header, data)) return fail("capset", std::strerror(errno), errno);
  return {};
}

Outcome Kernel::judge(const Program& p, bool with_log) {
  Outcome o;
  // A program array is bound to the type of the first program that uses it.
  if (std::ranges::any_of(p.insns, [](const Insn& i) {
        return names_map(i) && i.src == bpf::PSEUDO_MAP_FD && i.imm == program_array;
      })) {
    auto fresh = make_map(map_def(program_array), types_);
    if (!fresh) {
      o.message = fresh.error().text();
      return o;
    }
    maps_[program_array] = std::move(*fresh);
  }
  Insns insns = with_kfunc_ids(p.insns, *vmlinux_);
  for (size_t i = 0; i < insns.size(); i++) {
    Insn& in = insns[i];
    if (in.code != bpf::LD_IMM64) continue;
    if (names_map(in) && in.imm >= 0 && in.imm < map_count) in.imm = maps_[static_cast<size_t>(in.imm)].get();
    i++;
  }
  std::vector<loader::FuncInfo> info;
  for (const auto& f : p.functions) info.push_back({f.start, func_type_id(f.func)});
  sys::ProgLoad q;
  q.name = "generated";
  q.type = p.type;
  q.expected_attach_type = p.attach_type;
  q.flags = p.flags;
  q.license = "GPL";
  q.insns = insns;
  if (!info.empty()) q.btf_fd = types_.get();
  q.func_info = info;
  q.log_level = with_log ? 6 : 4;
  q.log_size = with_log ? size_t{1} << 20 : size_t{1} << 16;
  sys::ProgAnswer answer = sys::prog_load(q);
  if (answer.log_cut || answer.errnum == ENOSPC || answer.errnum == EAGAIN) {
    o.message = answer.log_cut ? "the kernel's log is too long" : std::strerror(answer.errnum);
    return o;
  }
  o.kind = answer.accepted() ? Outcome::Kind::accept : Outcome::Kind::reject;
  o.errnum = answer.errnum;
  if (!answer.log.empty()) read_log(o, answer.log);
  if (with_log) o.log = std::move(answer.log);
  return o;
}

}  // namespace bpfcheck::differential
