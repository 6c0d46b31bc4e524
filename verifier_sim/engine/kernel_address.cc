// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_address.h. Symbols from a file are at hand. To read those of the running kernel takes longer than to
// verify: its configuration says what of its BTF they have (scripts/kallsyms.c), functions, and with
// CONFIG_KALLSYMS_ALL variables. Where nothing is known, the kernel is taken to list all.
#include "verifier_sim/engine/kernel_address.h"

#include "kernel_db/kernel_facts.h"

namespace bpfcheck::sim {

bool has_address(const Target& target, const btf::Type& t, bool in_vmlinux) {
  if (!target.facts) return true;
  const KernelFacts& facts = *target.facts;
  if (!facts.symbols_at_hand && facts.config && in_vmlinux)
    return facts.config->contains(t.is(btf::Kind::Func) ? "CONFIG_KALLSYMS" : "CONFIG_KALLSYMS_ALL");
  return !facts.symbols || !facts.symbols->known() || facts.symbols->has(t.name());
}

bool is_traceable(const Target& target, const btf::Type& function) {
  return !target.facts || !target.facts->symbols_at_hand || target.facts->symbols->has(function.name());
}

}  // namespace bpfcheck::sim
