// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See subprog_call.h.
#include "verifier_sim/calls/subprog_call.h"

#include "verifier_sim/calls/callback.h"
#include "verifier_sim/calls/func_args.h"
#include "verifier_sim/flow/subprogs.h"
#include "verifier_sim/search/stack_liveness.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/reference.h"
#include "verifier_sim/transfer/reg_access.h"

namespace bpfcheck::sim {

void clear_caller_saved_regs(Env& env, Frame& frame) {
  for (u32 i = 0; i <= 5; i++) {
    mark_reg_not_init(env.prog.may, frame.regs.data(), i);
    (void)check_reg_arg_in(env, frame, i, DST_OP_NO_MARK);
  }
}

void clear_all_pkt_pointers(Env& env) {
  auto points_into_packet = [](const Reg& r) {
    const bool slice = r.base() == PTR_TO_MEM && (r.type & (DYNPTR_TYPE_SKB | DYNPTR_TYPE_XDP | DYNPTR_TYPE_SKB_META));
    return r.is_pkt_any() || slice;
  };
  env.path.cur_state->for_each_reg(points_into_packet, [&](Reg& r) { mark_reg_invalid(env.prog.may, &r); });
}

Expected<u32> check_func_call(Env& env, const Insn* insn) {
  const u32 insn_idx = env.path.insn_idx;
  State* st = env.path.cur_state;
  const std::optional<u32> found = find_subprog(env.prog, static_cast<int>(insn_idx) + insn->imm + 1);
  if (!found) return std::unexpected(env.unsupported("verifier bug: target of a call is no subprogram"));
  const u32 subprog = *found;
  Frame* caller = env.path.cur_func();
  const Stop args = btf_check_subprog_call(env, subprog, caller->regs.data());
  if (args.is(EFAULT) || args.is_unmodelled()) return std::unexpected(args);
  if (env.prog.subprog_is_global(subprog)) {
    Subprog& sub = env.prog.subprogs[subprog];
    if (st->active_locks) {
      env.notes.note(Msg::GlobalCallInLock);
      return std::unexpected(env.reject(Msg::GlobalCallInLockHint));
    }
    if (st->active_preempt_locks && !env.target.has(Feature::global_calls_summarized)) {
      env.notes.note(Msg::GlobalCallInPreempt);
      return std::unexpected(env.reject(Msg::GlobalCallInLockHint));
    }
    if (env.target.has(Feature::global_calls_summarized) && sub.might_sleep &&
        (st->active_rcu_locks || st->active_preempt_locks || st->active_irq_id || !env.in_sleepable())) {
      env.notes.note(Msg::GlobalCallMightSleep);
      env.notes.note(Msg::GlobalCallMightSleepWhere);
      return std::unexpected(env.reject(Msg::GlobalCallMightSleepContext));
    }
    if (args) {
      env.notes.note(Msg::InvalidArgsIntoFunc, subprog, env.prog.subprog_name(subprog));
      return std::unexpected(args);
    }
    env.notes.note(Msg::GlobalAssumedValid, subprog, env.prog.subprog_name(subprog));
    if (sub.changes_pkt_data && env.target.has(Feature::global_changes_packet)) clear_all_pkt_pointers(env);
    sub.called = true;
    clear_caller_saved_regs(env, *caller);
    if (sub.returns_void) return insn_idx + 1;
    mark_reg_unknown(env.prog.may, caller->regs.data(), 0);
    return insn_idx + 1;
  }
  if (Stop stop = setup_func_entry(env, subprog, insn_idx, set_callee_state, st)) return std::unexpected(stop);
  clear_caller_saved_regs(env, *caller);
  bpf_reset_live_stack_callchain(env);
  if (env.notes.watched()) env.notes.observer->on_call(env, *st);
  return env.prog.subprogs[subprog].start;
}

Expected<u32> prepare_func_exit(Env& env) {
  State* st = env.path.cur_state;
  if (Stop stop = bpf_update_live_stack(env)) return std::unexpected(stop);
  Frame* callee = env.path.cur_func();
  const Reg& r0 = callee->regs[0];
  if (r0.type == PTR_TO_STACK) return std::unexpected(env.reject(Msg::ReturnStackPtr));
  const bool in_callback = callee->in_callback_fn;
  if (in_callback) {
    if (Stop stop = check_callback_result(env, *callee)) return std::unexpected(stop);
  } else {
    Frame& caller = *st->frame[st->curframe - 1];
    caller.regs[0] = r0;
    if (callee->marks.size()) caller.marks.edit(0) = callee->marks[0];
  }
  // A callback goes back to the call, which explores another round of it.
  const bool again = in_callback && env.laws.search.callback_rounds;
  const u32 next = static_cast<u32>(callee->callsite) + (again ? 0 : 1);
  if (env.notes.watched()) env.notes.observer->on_return(env, *st, next);
  st->frame[st->curframe--].reset();
  if (again) widen_behind_callback(env, next);
  return next;
}

}  // namespace bpfcheck::sim
