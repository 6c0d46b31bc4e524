// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// References: what a program has acquired and must release (acquire_reference, release_reference, acquire_irq_state:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/notes/stop.h"
#include "verifier_sim/program/program.h"
#include "verifier_sim/state/path.h"

namespace bpfcheck::sim {

/// Its identity.
u32 acquire_reference(Path& path, int insn_idx);
bool release_reference_nomark(State* st, u32 ref_obj_id);
/// Where callbacks own what they acquire, they release nothing else.
bool may_release(const Path& path, u32 ref_obj_id);
/// Releases it and makes every register and spill that refers to it unusable.
Stop release_reference(Path& path, const Privileges& may, u32 ref_obj_id);
/// Interrupts are saved: their identity. They are restored in the reverse order: -EACCES for another than the last.
u32 acquire_irq_state(Path& path, int insn_idx);
Stop release_irq_state(State* st, u32 id);
/// The lock `id` of object `ptr` that is held, of one of the kinds in the mask (RefType bits); nullptr where it is not.
const Reference* find_lock_state(const State& st, u8 kinds, u32 id, const void* ptr);
void mark_reg_invalid(const Privileges& may, Reg* reg);

}  // namespace bpfcheck::sim
