// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See state.h.
#include "verifier_sim/state/state.h"

namespace bpfcheck::sim {

void State::copy_from(const State& src) {
  for (u32 i = 0; i < MAX_CALL_FRAMES; i++) {
    if (i > src.curframe || !src.frame[i]) {
      frame[i].reset();
    } else if (frame[i]) {
      *frame[i] = *src.frame[i];
    } else {
      frame[i] = std::make_unique<Frame>(*src.frame[i]);
    }
  }
  parent = src.parent;
  refs = src.refs;
  branches = src.branches;
  curframe = src.curframe;
  active_locks = src.active_locks;
  active_preempt_locks = src.active_preempt_locks;
  active_irq_id = src.active_irq_id;
  active_lock_id = src.active_lock_id;
  active_lock_ptr = src.active_lock_ptr;
  active_rcu_locks = src.active_rcu_locks;
  speculative = src.speculative;
  in_sleepable = src.in_sleepable;
  cleaned = src.cleaned;
  first_insn_idx = src.first_insn_idx;
  last_insn_idx = src.last_insn_idx;
  equal_state = src.equal_state;
  history = src.history;
  dfs_depth = src.dfs_depth;
  callback_unroll_depth = src.callback_unroll_depth;
  may_goto_depth = src.may_goto_depth;
}

}  // namespace bpfcheck::sim
