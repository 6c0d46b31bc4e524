// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See resource_leak.h.
#include "verifier_sim/calls/resource_leak.h"

namespace bpfcheck::sim {

Stop check_resource_leak(Env& env, bool exception_exit, bool check_lock, const char* prefix) {
  const State& st = *env.path.cur_state;
  if (check_lock && st.active_locks) return env.reject(Msg::LeakLock, prefix);
  const Frame& frame = *env.path.cur_func();
  const bool of_callback = env.path.callback_references && frame.in_callback_fn && !exception_exit;
  if (exception_exit || of_callback || !frame.frameno) {
    bool lingering = false;
    for (const Reference& r : st.refs) {
      if (r.type != RefType::Ptr || (of_callback && r.callback_frame != frame.frameno)) continue;
      if (env.prog.type == ProgType::STRUCT_OPS && !exception_exit && env.path.reg_state(0)->ref_obj_id == r.id)
        continue;
      env.notes.note(Msg::UnreleasedReference, r.id, r.insn_idx);
      lingering = true;
    }
    if (lingering) return env.reject(Msg::LeakReference, prefix);
  }
  if (check_lock && st.active_irq_id) return env.reject(Msg::LeakIrq, prefix);
  if (check_lock && st.active_rcu_locks) return env.reject(Msg::LeakRcu, prefix);
  if (check_lock && st.active_preempt_locks) return env.reject(Msg::LeakPreempt, prefix, st.active_preempt_locks);
  return go_on;
}

}  // namespace bpfcheck::sim
