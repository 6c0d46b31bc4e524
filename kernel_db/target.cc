// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See target.h. Kernel lines are recognised by what each brought into vmlinux's BTF.
#include "kernel_db/target.h"

#include <fmt/format.h>

#include <charconv>

namespace bpfcheck {
namespace {

struct FeatureRow { u32 since; std::string_view witness; };
constexpr FeatureRow feature_rows[] = {
#define FEATURE(name, since, witness, prose) {since, witness},
#include "kernel_db/features.def"
#undef FEATURE
};

/// What a line of kernels brought, newest first.
struct Line { u32 version; std::string_view witness; };
constexpr Line lines[] = {
    {0x0700, "struct:cnum64.base"},
    {0x0612, "struct:bpf_verifier_env.liveness"},
    {0x0611, "struct:bpf_verifier_env.scc_info"},
    {0x060f, "struct:bpf_insn_aux_data.live_regs_before"},
    {0x060d, "struct:bpf_subprog_info.priv_stack_mode"},
    {0x060c, "struct:bpf_jmp_history_entry.linked_regs"},
    {0x0609, "struct:bpf_verifier_state.may_goto_depth"},
    {0x0608, "struct:bpf_jmp_history_entry.flags"},
    {0x0607, "func:bpf_throw"},
    {0x0604, "struct:bpf_iter_num.__opaque"},
    {0x0601, "enum:bpf_func_id.BPF_FUNC_user_ringbuf_drain"},
    {0x0511, "enum:bpf_func_id.BPF_FUNC_loop"},
    {0x050f, "enum:bpf_func_id.BPF_FUNC_get_func_ip"},
    {0x050a, "enum:bpf_func_id.BPF_FUNC_redirect_peer"},
};

bool shows(const btf::Btf& btf, std::string_view witness) {
  auto colon = witness.find(':');
  std::string_view kind = witness.substr(0, colon), what = witness.substr(colon + 1);
  if (kind == "func") return btf.find(what, btf::Kind::Func).has_value();
  auto dot = what.find('.');
  std::string_view outer = what.substr(0, dot), inner = what.substr(dot + 1);
  if (kind == "enum") return btf.enum_value(outer, inner).has_value();
  auto id = btf.find(outer, btf::Kind::Struct);
  if (!id) return false;
  btf::Type t = btf.type(*id);
  // Members may stand in anonymous structs and unions.
  auto search = [&](auto&& self, btf::Type s, int depth) -> bool {
    for (u32 i = 0; i < s.member_count(); i++) {
      btf::Member m = s.member(i);
      if (m.name == inner) return true;
      btf::Type inside = btf.type(m.type);
      if (m.name.empty() && inside.is_composite() && depth < 8 && self(self, inside, depth + 1)) return true;
    }
    return false;
  };
  return search(search, t, 0);
}

std::string version_text(u32 v) { return fmt::format("{}.{}", v >> 8, v & 0xff); }

u32 parse_version(std::string_view s) {
  unsigned major = 0, minor = 0;
  auto [p, ec] = std::from_chars(s.data(), s.data() + s.size(), major);
  if (ec != std::errc() || p == s.data() + s.size() || *p != '.') return 0;
  if (std::from_chars(p + 1, s.data() + s.size(), minor).ec != std::errc()) return 0;
  return (major << 8) | minor;
}

Arch arch_of(const btf::Btf& btf) {
  auto regs = btf.find("pt_regs", btf::Kind::Struct);
  if (btf.endian() == Endian::big) return Arch::s390x;
  if (regs)
    for (u32 i = 0, n = btf.type(*regs).member_count(); i < n; i++)
      if (std::string_view m = btf.type(*regs).member(i).name; m == "r15") return Arch::x86_64;
  if (btf.find("user_pt_regs", btf::Kind::Struct)) return Arch::arm64;
  return Arch::other;
}

constexpr std::string_view arch_names[] = {"x86-64", "arm64", "s390x", "other"};

}  // namespace

Target make_target(btf::BtfPtr vmlinux, std::string_view kernel_override) {
  Target t;
  t.btf = std::move(vmlinux);
  t.arch = t.btf ? arch_of(*t.btf) : Arch::x86_64;
  const Line* found = nullptr;
  if (t.btf)
    for (const Line& line : lines)
      if (shows(*t.btf, line.witness)) {
        found = &line;
        break;
      }
  t.version = found ? found->version : 0x0612;
  t.evidence = found ? fmt::format("its BTF has {}", found->witness.substr(found->witness.find(':') + 1)) : "nothing in its BTF tells";
  u32 forced = parse_version(kernel_override);
  if (forced) {
    t.version = forced;
    t.evidence = "--kernel says so";
  }
  for (size_t i = 0; i < std::size(feature_rows); i++) {
    const FeatureRow& row = feature_rows[i];
    bool by_witness = t.btf && !row.witness.empty() && !forced;
    t.features[i] = by_witness ? shows(*t.btf, row.witness) : t.version >= row.since;
  }
  t.name = fmt::format("{} ({})", version_text(t.version), arch_names[static_cast<size_t>(t.arch)]);
  return t;
}

}  // namespace bpfcheck
