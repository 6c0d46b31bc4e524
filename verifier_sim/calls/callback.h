// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Callbacks: functions of the program that a helper or a kernel function calls, at once (bpf_loop) or later
// (bpf_timer). What they get and may return, and when they are explored (push_callback_call, set_*_callback_state:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Fills the callback's frame from its caller's registers at the call.
using SetCalleeState = Stop (*)(Env& env, const Frame& caller, Frame& callee, u32 insn_idx);

Stop set_callee_state(Env& env, const Frame& caller, Frame& callee, u32 insn_idx);  ///< a plain call: r1 to r5
Stop set_map_elem_callback_state(Env& env, const Frame& caller, Frame& callee, u32 insn_idx);
Stop set_loop_callback_state(Env& env, const Frame& caller, Frame& callee, u32 insn_idx);
Stop set_timer_callback_state(Env& env, const Frame& caller, Frame& callee, u32 insn_idx);
Stop set_find_vma_callback_state(Env& env, const Frame& caller, Frame& callee, u32 insn_idx);
Stop set_user_ringbuf_callback_state(Env& env, const Frame& caller, Frame& callee, u32 insn_idx);
Stop set_rbtree_add_callback_state(Env& env, const Frame& caller, Frame& callee, u32 insn_idx);
Stop set_task_work_schedule_callback_state(Env& env, const Frame& caller, Frame& callee, u32 insn_idx);

/// The frame of a subprogram on top of `state`'s frames.
Stop setup_func_entry(Env& env, u32 subprog, u32 callsite, SetCalleeState set_state, State* state);
/// Saves the callback's run to be explored later; the caller goes on behind the call. A kernel that follows a callback
/// once goes on in it: enter_callback.
Stop push_callback_call(Env& env, const Insn* insn, u32 insn_idx, u32 subprog, SetCalleeState set_state);
/// In a kernel that follows a callback once, behind its call's own result: the path goes on in it.
u32 enter_callback(Env& env);
/// bpf_loop: another round, or the end where so many rounds as it may make have been explored.
Stop push_loop_callback(Env& env, const Insn* insn, u32 insn_idx, u32 subprog);
/// A callback returns: what it may return, and back to the call, which explores the next round.
Stop check_callback_result(Env& env, const Frame& callee);
/// What changed from round to round without being relied on becomes unknown, so that rounds converge.
void widen_behind_callback(Env& env, u32 callsite);

}  // namespace bpfcheck::sim
