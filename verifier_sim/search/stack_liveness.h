// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which stack slots may be read later, by call chain (kernel/bpf/liveness.c, 6.18). Marks are made while instructions
// are simulated: what each may read, what each writes on every visit; a data-flow pass makes liveness of them.
// Slots are bits: bit i is bytes [fp-8*(i+1), fp-8*i).
#pragma once

#include "verifier_sim/env.h"
#include "verifier_sim/state/saved_state.h"

namespace bpfcheck::sim {

Stop bpf_stack_liveness_init(Env& env);
/// Begins to collect what instruction `insn_idx` writes.
Stop bpf_reset_stack_write_marks(Env& env, u32 insn_idx);
void bpf_mark_stack_write(Env& env, u32 frame, u64 mask);
Stop bpf_mark_stack_read(Env& env, u32 frame, u32 insn_idx, u64 mask);
Stop bpf_commit_stack_write_marks(Env& env);
/// The current call chain changes: look it up anew.
void bpf_reset_live_stack_callchain(Env& env);
/// A path has ended: bring liveness up to date along its call chain.
Stop bpf_update_live_stack(Env& env);
/// Prepares bpf_live_stack_slots for the call chain of `st`.
Stop bpf_live_stack_query_init(Env& env, const SavedState& st);
/// The slots of a frame that may be read later (bpf_stack_slot_alive, for all at once).
u64 bpf_live_stack_slots(Env& env, u32 frameno);

}  // namespace bpfcheck::sim
