// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel functions that a program calls, found before exploration (add_kfunc_call, fetch_kfunc_meta:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/notes/notes.h"
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

Stop add_kfunc_call(Program& prog, Notes& notes, u32 func_id, s16 offset);
/// 0; -EACCES where this program may not call it (only btf, func_name and the like are set); another errno for a call
/// of nothing.
Stop fetch_kfunc_meta(const Program& prog, const Insn* insn, KfuncMeta* meta);
/// SpecialKfunc::none for every other instruction.
SpecialKfunc special_kfunc_of(const Program& prog, const Insn* insn);
/// Calls of nothing that exploration reached (fixup_kfunc_call).
Stop check_unresolved_kfuncs(const Program& prog, Notes& notes);

}  // namespace bpfcheck::sim
