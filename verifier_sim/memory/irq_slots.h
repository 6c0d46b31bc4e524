// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Saved interrupt flags on the stack (mark_stack_slot_irq_flag and its like: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

Stop mark_stack_slot_irq_flag(Env& env, const Reg* reg, int insn_idx, IrqClass irq_class);
Stop unmark_stack_slot_irq_flag(Env& env, const Reg* reg, IrqClass irq_class);
bool is_irq_flag_reg_valid_uninit(Env& env, const Reg* reg);
Stop is_irq_flag_reg_valid_init(Env& env, const Reg* reg);
Stop mark_irq_flag_read(Env& env, const Reg* reg);

}  // namespace bpfcheck::sim
