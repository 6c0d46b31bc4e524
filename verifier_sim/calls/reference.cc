// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See reference.h.
#include "verifier_sim/calls/reference.h"

#include <algorithm>

#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {

int acquire_reference(Env& env, int insn_idx) {
  env.path.cur_state->refs.push_back({RefType::Ptr, env.path.new_id(), insn_idx, nullptr});
  return static_cast<int>(env.path.id_gen);
}

bool release_reference_nomark(State* st, u32 ref_obj_id) {
  auto it =
      std::ranges::find_if(st->refs, [&](const Reference& r) { return r.type == RefType::Ptr && r.id == ref_obj_id; });
  if (it == st->refs.end()) return false;
  st->refs.erase(it);
  return true;
}

u32 acquire_irq_state(Env& env, int insn_idx) {
  const u32 id = env.path.new_id();
  env.path.cur_state->refs.push_back({RefType::Irq, id, insn_idx, nullptr});
  env.path.cur_state->active_irq_id = id;
  return id;
}

Stop release_irq_state(State* st, u32 id) {
  if (id != st->active_irq_id) return Stop::refused(EACCES);
  u32 prev_id = 0;
  for (auto it = st->refs.begin(); it != st->refs.end(); ++it) {
    if (it->type != RefType::Irq) continue;
    if (it->id == id) {
      st->refs.erase(it);
      st->active_irq_id = prev_id;
      return go_on;
    }
    prev_id = it->id;
  }
  return Stop::refused(EINVAL);
}

const Reference* find_lock_state(const State& st, u8 kinds, u32 id, const void* ptr) {
  auto it = std::ranges::find_if(
      st.refs, [&](const Reference& r) { return (static_cast<u8>(r.type) & kinds) && r.id == id && r.ptr == ptr; });
  return it == st.refs.end() ? nullptr : &*it;
}

void mark_reg_invalid(const Env& env, Reg* reg) {
  if (env.prog.may.allow_ptr_leaks)
    mark_reg_unknown_raw(env, reg);
  else
    mark_reg_not_init_raw(env, reg);
}

Stop release_reference(Env& env, u32 ref_obj_id) {
  if (!release_reference_nomark(env.path.cur_state, ref_obj_id)) return Stop::refused(EINVAL);
  env.path.cur_state->for_each_reg([=](const Reg& r) { return r.ref_obj_id == ref_obj_id; },
                                   [&](Reg& r) { mark_reg_invalid(env, &r); });
  return go_on;
}

Stop check_resource_leak(Env& env, bool exception_exit, bool check_lock, const char* prefix) {
  const State& st = *env.path.cur_state;
  if (check_lock && st.active_locks) return env.reject(Msg::LeakLock, prefix);
  if (exception_exit || !env.path.cur_func()->frameno) {
    bool lingering = false;
    for (const Reference& r : st.refs) {
      if (r.type != RefType::Ptr) continue;
      if (env.prog.type == ProgType::STRUCT_OPS && !exception_exit && env.path.reg_state(0)->ref_obj_id == r.id)
        continue;
      env.notes.note(Msg::UnreleasedReference, r.id, r.insn_idx);
      lingering = true;
    }
    if (lingering) return env.reject(Msg::LeakReference, prefix);
  }
  if (check_lock && st.active_irq_id) return env.reject(Msg::LeakIrq, prefix);
  if (check_lock && st.active_rcu_locks) return env.reject(Msg::LeakRcu, prefix);
  if (check_lock && st.active_preempt_locks) return env.reject(Msg::LeakPreempt, prefix);
  return go_on;
}

}  // namespace bpfcheck::sim
