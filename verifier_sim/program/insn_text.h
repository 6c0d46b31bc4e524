// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One instruction in the verifier's notation, with the names of what it calls (verbose_insn:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include <string>

#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

std::string insn_text(const Program& prog, u32 insn_idx);
/// Helpers from `helpers` on have no name, as in a kernel that has no more.
std::string insn_text(const loader::LinkedProgram& prog, const Insns& insns, u32 insn_idx, bool allow_ptr_leaks = true,
                      u32 helpers = ~0u);

}  // namespace bpfcheck::sim
