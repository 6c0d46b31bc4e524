// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See offers.h.
#include "kernel_db/offers.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "kernel_db/release.h"

namespace bpfcheck {
namespace {

/// The numbers of an enumeration, but for the one past its last.
Offers::Types numbered(const btf::Btf& btf, std::string_view name) {
  Offers::Types out;
  const auto id = btf.find(name, btf::Kind::Enum);
  if (!id) return out.set();
  const btf::Type t = btf.type(*id);
  for (u32 i = 0; i < t.vlen(); i++) {
    const btf::Enumerator e = t.enumerator(i);
    if (const auto n = static_cast<u64>(e.value); n < out.size() && !e.name.starts_with("__MAX_")) out.set(n);
  }
  return out;
}

std::string ctx_convert_member(ProgType type) {
  std::string name = prog_type_name(type);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return "BPF_PROG_TYPE_" + name + "_prog";
}

/// A flag of BPF_PROG_LOAD and the member that keeps it.
struct FlagWitness {
  u32 flag;
  std::string_view witness;
};
constexpr FlagWitness flag_witnesses[] = {
    {F_XDP_HAS_FRAGS, "struct:bpf_prog_aux.xdp_has_frags"},
    {F_XDP_DEV_BOUND_ONLY, "struct:bpf_prog_aux.dev_bound"},
    {F_TEST_REG_INVARIANTS, "struct:bpf_verifier_env.test_reg_invariants"},
};
constexpr u32 flags_of_old = F_STRICT_ALIGNMENT | F_ANY_ALIGNMENT | F_TEST_RND_HI32 | F_TEST_STATE_FREQ | F_SLEEPABLE;

}  // namespace

Offers offers_of(const btf::Btf& vmlinux) {
  Offers out;
  out.prog_types = numbered(vmlinux, "bpf_prog_type");
  out.map_types = numbered(vmlinux, "bpf_map_type");
  out.attach_types = numbered(vmlinux, "bpf_attach_type");
  if (vmlinux.find("bpf_ctx_convert", btf::Kind::Struct)) {
    out.prog_types_built_in = true;
    for (u32 n = 1; n <= static_cast<u32>(ProgType::NETFILTER); n++)
      if (!shows(vmlinux, "struct:bpf_ctx_convert." + ctx_convert_member(static_cast<ProgType>(n))))
        out.prog_types.reset(n);
  }
  if (vmlinux.find("bpf_verifier_env", btf::Kind::Struct)) {
    out.prog_flags = flags_of_old;
    for (const FlagWitness& f : flag_witnesses)
      if (shows(vmlinux, f.witness)) out.prog_flags |= f.flag;
  }
  return out;
}

}  // namespace bpfcheck
