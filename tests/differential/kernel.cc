// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "differential/kernel.h"

#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bpfcheck::differential {
namespace {

constexpr size_t log_size = size_t{1} << 28;  // reserved, not touched: a kernel writes what it needs

int bpf(bpf_cmd cmd, bpf_attr& attr) {
  for (int tries = 0;; tries++) {
    const auto r = syscall(SYS_bpf, cmd, &attr, sizeof attr);
    if (r >= 0) return static_cast<int>(r);
    if ((errno != EAGAIN && errno != EINTR) || tries == 20) return -errno;
  }
}

u64 address(const void* p) { return reinterpret_cast<u64>(p); }

int load_types() {
  bpf_attr attr{};
  attr.btf = address(raw_types().data());
  attr.btf_size = static_cast<u32>(raw_types().size());
  return bpf(BPF_BTF_LOAD, attr);
}

int make_map(const loader::MapDef& def, int types) {
  bpf_attr attr{};
  attr.map_type = static_cast<u32>(def.type);
  attr.key_size = def.key_size;
  attr.value_size = def.value_size;
  attr.max_entries = def.max_entries;
  attr.map_flags = def.flags;
  std::memcpy(attr.map_name, def.name.data(), std::min<size_t>(def.name.size(), 15));
  if (def.has_btf) {
    attr.btf_fd = static_cast<u32>(types);
    attr.btf_key_type_id = def.btf_key_type_id;
    attr.btf_value_type_id = def.btf_value_type_id;
  }
  const int fd = bpf(BPF_MAP_CREATE, attr);
  if (fd < 0 || def.initial.empty()) return fd;
  const u32 key = 0;
  bpf_attr update{};
  update.map_fd = static_cast<u32>(fd);
  update.key = address(&key);
  update.value = address(def.initial.data());
  if (const int err = bpf(BPF_MAP_UPDATE_ELEM, update)) return err;
  if (!def.frozen) return fd;
  bpf_attr freeze{};
  freeze.map_fd = static_cast<u32>(fd);
  if (const int err = bpf(BPF_MAP_FREEZE, freeze)) return err;
  return fd;
}

}  // namespace

Result<Kernel> Kernel::open(btf::BtfPtr vmlinux) {
  Kernel k;
  k.vmlinux_ = std::move(vmlinux);
  k.types_ = load_types();
  if (k.types_ < 0) return fail("bpf(BPF_BTF_LOAD)", std::strerror(-k.types_), -k.types_);
  for (int i = 0; i < map_count; i++) {
    const int fd = k.maps_[static_cast<size_t>(i)] = make_map(map_def(i), k.types_);
    if (fd < 0) return fail(fmt::format("making the map {}", map_def(i).name), std::strerror(-fd), -fd);
  }
  void* log = mmap(nullptr, log_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (log == MAP_FAILED) return fail("memory for the kernel's log", std::strerror(errno), errno);
  k.log_ = static_cast<char*>(log);
  return k;
}

Result<void> Kernel::drop_privileges() {
  constexpr u32 net_admin = 1u << 12, high_bpf = 1u << (39 - 32);  // CAP_NET_ADMIN, CAP_BPF
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2] = {{net_admin, net_admin, 0}, {high_bpf, high_bpf, 0}};
  if (syscall(SYS_capset, &header, data)) return fail("capset", std::strerror(errno), errno);
  return {};
}

Kernel::Kernel(Kernel&& o) noexcept : maps_(o.maps_), vmlinux_(std::move(o.vmlinux_)), types_(o.types_), log_(o.log_) {
  o.maps_.fill(-1);
  o.types_ = -1;
  o.log_ = nullptr;
}

Kernel::~Kernel() {
  for (int fd : maps_)
    if (fd > 0) close(fd);
  if (types_ >= 0) close(types_);
  if (log_) munmap(log_, log_size);
}

Outcome Kernel::judge(const Program& p, bool with_log) {
  // A program array is bound to the type of the first program that uses it.
  if (std::ranges::any_of(p.insns, [](const Insn& i) { return i.code == bpf::LD_IMM64 && i.src == bpf::PSEUDO_MAP_FD && i.imm == program_array; })) {
    int& array = maps_[program_array];
    close(array);
    array = make_map(map_def(program_array), types_);
  }
  Insns insns = with_kfunc_ids(p.insns, *vmlinux_);
  for (size_t i = 0; i < insns.size(); i++) {
    Insn& in = insns[i];
    if (in.code != bpf::LD_IMM64) continue;
    const bool names_map = in.src == bpf::PSEUDO_MAP_FD || in.src == bpf::PSEUDO_MAP_VALUE;
    if (names_map && in.imm >= 0 && in.imm < map_count) in.imm = maps_[static_cast<size_t>(in.imm)];
    i++;
  }
  std::vector<bpf_func_info> info;
  for (const auto& f : p.functions) info.push_back({f.start, func_type_id(f.func)});
  bpf_attr attr{};
  attr.prog_type = static_cast<u32>(p.type);
  attr.expected_attach_type = p.attach_type;
  attr.prog_flags = p.flags;
  attr.insns = address(insns.data());
  attr.insn_cnt = static_cast<u32>(insns.size());
  attr.license = address("GPL");
  attr.log_buf = address(log_);
  attr.log_size = log_size;
  attr.log_level = with_log ? 6 : 4;
  std::memcpy(attr.prog_name, "generated", sizeof "generated");
  if (!info.empty()) {
    attr.prog_btf_fd = static_cast<u32>(types_);
    attr.func_info_rec_size = sizeof(bpf_func_info);
    attr.func_info = address(info.data());
    attr.func_info_cnt = static_cast<u32>(info.size());
  }
  log_[0] = 0;
  const int fd = bpf(BPF_PROG_LOAD, attr);
  Outcome o;
  if (fd == -ENOSPC || fd == -EAGAIN || fd == -EINTR) {
    o.message = std::strerror(-fd);
    return o;
  }
  o.kind = fd < 0 ? Outcome::Kind::reject : Outcome::Kind::accept;
  if (fd < 0) o.errnum = -fd;
  else close(fd);
  const std::string_view log(log_);
  if (!log.empty()) read_log(o, log);
  if (with_log) {
    o.log = log;
    if (o.log.size() > (size_t{1} << 20)) madvise(log_, log_size, MADV_DONTNEED);
  }
  return o;
}

}  // namespace bpfcheck::differential
