// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a call does to the program's flow and its packet, by what it calls (is_sync_callback_calling_insn and its like:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/program/kfunc_desc.h"

namespace bpfcheck::sim {

/// The callee runs a function of the program before it returns, or later.
bool is_sync_callback_calling_insn(const Program& prog, const Insn* insn);
bool is_async_callback_calling_insn(const Program& prog, const Insn* insn);
inline bool is_bpf_throw_kfunc(const Program& prog, const Insn* insn) {
  return special_kfunc_of(prog, insn) == SpecialKfunc::bpf_throw;
}

}  // namespace bpfcheck::sim
