// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What an instruction is, by its fields alone (bpf_pseudo_call and its like: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "base/insn.h"

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
inline bool is_atomic_load_insn(const Insn* i) {
  return i->cls() == bpf::STX && i->mode() == bpf::ATOMIC && i->imm == bpf::LOAD_ACQ;
}

}  // namespace bpfcheck::sim
