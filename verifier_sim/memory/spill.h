// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which values a stack slot keeps as registers, and what becomes of the slot's bytes (is_spillable_regtype,
// save_register_state, scrub_special_slot: kernel/bpf/verifier.c, 6.18; register_is_bounded, 5.10 to 6.8).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Pointers of this type keep their meaning on the stack.
bool is_spillable(u32 type);
bool is_st_mem(const Insn& insn);
/// A scalar that this kernel spills as a register; others leave plain bytes.
bool spills_scalar(const Env& env, const Reg& reg);
/// A store of a constant that does.
bool spills_constant(const Env& env, const Insn& insn);
/// The slot's `size` bytes at the top become the register, the others keep no more than they may.
void save_register(const Env& env, StackSlot& slot, const Reg& reg, int size);
/// The register's type goes, the rest stays as in the kernel.
void forget_register(StackSlot& slot);
/// What the slot held as a whole is plain bytes.
void scrub_special(StackSlot& slot);

}  // namespace bpfcheck::sim
