// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where subprograms begin and end (add_subprog_and_kfunc, check_subprogs: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

inline bool bpf_pseudo_call(const Insn* insn) {
  return insn->code == (bpf::JMP | bpf::CALL) && insn->src == bpf::PSEUDO_CALL;
}
inline bool bpf_helper_call(const Insn* insn) { return insn->code == (bpf::JMP | bpf::CALL) && insn->src == 0; }
inline bool bpf_pseudo_kfunc_call(const Insn* insn) {
  return insn->code == (bpf::JMP | bpf::CALL) && insn->src == bpf::PSEUDO_KFUNC_CALL;
}
inline bool bpf_pseudo_func(const Insn* insn) { return insn->code == bpf::LD_IMM64 && insn->src == bpf::PSEUDO_FUNC; }
inline bool bpf_is_ldimm64(const Insn* insn) { return insn->code == bpf::LD_IMM64; }
/// Distance of a jump, in instructions from the one behind it.
inline int bpf_jmp_offset(const Insn* insn) { return insn->code == (bpf::JMP32 | bpf::JA) ? insn->imm : insn->off; }

/// Index of the subprogram that holds instruction `off`; -ENOENT outside the program.
int find_containing_subprog(const Env& env, int off);
/// Index of the subprogram that starts at `off`; -ENOENT where none does.
int find_subprog(const Env& env, int off);

Stop add_subprog_and_kfunc(Env& env);
Stop check_subprogs(Env& env);

}  // namespace bpfcheck::sim
