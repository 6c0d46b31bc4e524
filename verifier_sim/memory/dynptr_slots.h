// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Dynptrs: two stack slots each, or a register that points to a read-only one of the kernel's (mark_stack_slots_dynptr
// and its neighbours: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

inline constexpr int DYNPTR_SIZE = 16, DYNPTR_NR_SLOTS = 2;

DynptrType arg_to_dynptr_type(u32 arg_type);
u32 get_dynptr_type_flag(DynptrType type);
/// A dynptr of this type holds a reference that must be released.
constexpr bool dynptr_type_refcounted(DynptrType type) { return type == DynptrType::Ringbuf; }

void mark_dynptr_reg(Reg* reg, DynptrType type, bool first_slot, u32 dynptr_id);
/// The dynptr argument that a callback gets.
void mark_dynptr_cb_reg(Env& env, Reg* reg, DynptrType type);
/// A dynptr comes to be where `reg` points; `clone_ref_obj_id` not 0: it shares that reference.
Stop mark_stack_slots_dynptr(Env& env, const Reg* reg, u32 arg_type, int insn_idx, u32 clone_ref_obj_id);
/// It ends there, with all that share its reference.
Stop unmark_stack_slots_dynptr(Env& env, const Reg* reg);
/// Slot `spi` is about to be overwritten: a dynptr there ends with its slices, a referenced one may not.
Stop destroy_if_dynptr_stack_slot(Env& env, Frame* frame, int spi);
bool is_dynptr_reg_valid_uninit(Env& env, const Reg* reg);
bool is_dynptr_reg_valid_init(Env& env, const Reg* reg);
bool is_dynptr_type_expected(Env& env, const Reg* reg, u32 arg_type);
Stop mark_dynptr_read(Env& env, const Reg* reg);

/// What is known of the dynptr that a register is or points to; nullptr where there is none.
const Reg* dynptr_reg(Env& env, const Reg* reg);
DynptrType dynptr_get_type(Env& env, const Reg* reg);

}  // namespace bpfcheck::sim
