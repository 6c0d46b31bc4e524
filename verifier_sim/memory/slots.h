// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Arithmetic on stack slots (__get_spi, stack_slot_obj_get_spi, mark_stack_slot_obj_read, grow_stack_state:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Makes a frame's stack reach at least `size` bytes below fp and counts it in its subprogram's depth.
Stop grow_stack_state(Env& env, Frame* frame, int size);

/// Index of the first slot (the one at the highest address) of an object of nr_slots slots that a stack pointer points
/// to; ERANGE where the stack is not allocated so far, EINVAL with words where the pointer will not do. `kind`:
/// "iter", ...
Expected<int> stack_slot_obj_get_spi(Env& env, const Reg* reg, std::string_view kind, int nr_slots);
/// The object's slots are read by the current instruction.
Stop mark_stack_slot_obj_read(Env& env, const Reg* reg, int spi, int nr_slots);
/// Every byte of the slot becomes `type`; the instruction writes it.
void mark_stack_slot_obj(Env& env, Frame* frame, int spi, SlotType type);

}  // namespace bpfcheck::sim
