// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Arithmetic (check_alu_op, adjust_reg_min_max_vals: kernel/bpf/verifier.c, 6.18); on pointers in pointer_arith.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

Stop check_alu_op(Env& env, const Insn* insn);
Stop adjust_ptr_min_max_vals(Env& env, const Insn* insn, const Reg* ptr_reg, const Reg* off_reg);
/// "+=", as the kernel names an operation in its words.
const char* alu_operator_text(u8 opcode);

}  // namespace bpfcheck::sim
