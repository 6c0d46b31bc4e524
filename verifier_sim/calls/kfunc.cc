// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kfunc.h.
#include "verifier_sim/calls/kfunc.h"

#include "kernel_db/kernel_facts.h"
#include "verifier_sim/calls/callback.h"
#include "verifier_sim/calls/iterator.h"
#include "verifier_sim/calls/kfunc_args.h"
#include "verifier_sim/calls/kfunc_graph.h"
#include "verifier_sim/calls/kfunc_result.h"
#include "verifier_sim/calls/return_code.h"
#include "verifier_sim/calls/subprog_call.h"
#include "verifier_sim/memory/bounds_check.h"
#include "verifier_sim/memory/btf_ptr.h"
#include "verifier_sim/memory/record.h"
#include "verifier_sim/program/call_kind.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/reference.h"

namespace bpfcheck::sim {
namespace {

using enum SpecialKfunc;

constexpr u32 CALLER_SAVED_REGS = 6;

/// A lock that can fail: the path on which it was not taken is explored later.
Stop push_failed_lock(Env& env) {
  State* branch = push_stack(env, static_cast<int>(env.path.insn_idx) + 1, static_cast<int>(env.path.insn_idx), false);
  if (!branch) {
    env.notes.note(Msg::FailedLockPush);
    return Stop::refused(ENOMEM);
  }
  Reg* regs = branch->regs();
  for (u32 i = 0; i < CALLER_SAVED_REGS; i++) mark_reg_not_init(env.prog.may, regs, i);
  mark_reg_unknown(env.prog.may, regs, 0);
  if (Stop stop = mark_reg_s32_range(env, regs, 0, -MAX_ERRNO, -1)) {
    env.notes.note(Msg::FailedLockRange);
    return stop;
  }
  mark_btf_func_reg_size(env, 0, sizeof(u32));
  return go_on;
}

Stop check_callable(Env& env, const KfuncMeta& meta) {
  if (meta.does(kfunc::locks)) {
    if (Stop stop = push_failed_lock(env)) return stop;
  } else if (meta.is(__bpf_trap)) {
    return env.reject(Msg::KfuncTrap);
  }
  if (is_kfunc_destructive(&meta) && !env.target.caps.sys_admin) return env.reject(Msg::KfuncDestructive);
  if (is_kfunc_sleepable(&meta) && !env.in_sleepable()) return env.reject(Msg::KfuncNeedsSleepable, meta.func_name);
  return go_on;
}

Stop check_callbacks(Env& env, const Insn* insn, u32 insn_idx, const KfuncMeta& meta) {
  SetCalleeState set_state = nullptr;
  if (meta.is(bpf_rbtree_add_impl))
    set_state = set_rbtree_add_callback_state;
  else if (meta.is(bpf_wq_set_callback_impl))
    set_state = set_timer_callback_state;
  else if (meta.does(kfunc::calls_back_later))
    set_state = set_task_work_schedule_callback_state;
  if (!set_state) return go_on;
  Stop stop = push_callback_call(env, insn, insn_idx, meta.subprogno, set_state);
  if (stop.is_refused()) env.notes.note(Msg::KfuncCallbackFailed, meta.func_name, meta.func_id);
  return stop;
}

Stop enter_or_leave_rcu(Env& env, const KfuncMeta& meta) {
  const bool lock = meta.is(bpf_rcu_read_lock), unlock = meta.is(bpf_rcu_read_unlock);
  State& st = *env.path.cur_state;
  if (!st.active_rcu_locks) {
    if (unlock) return env.reject(Msg::RcuUnmatchedUnlock, meta.func_name);
    if (lock) st.active_rcu_locks = 1;
    return go_on;
  }
  if (in_rbtree_lock_required_cb(env) && (lock || unlock)) return env.reject(Msg::RcuInRbtreeCallback);
  if (lock && !env.target.has(Feature::rcu_nests)) return env.reject(Msg::RcuNested, meta.func_name);
  if (lock) {
    st.active_rcu_locks++;
  } else if (unlock) {
    if (--st.active_rcu_locks == 0 && !(env.laws.rules.rcu_by_any_section && in_rcu_cs(env))) lose_rcu(env);
  } else if (is_kfunc_sleepable(&meta)) {
    return env.reject(Msg::KfuncSleepableInRcu, meta.func_name);
  }
  return go_on;
}

Stop enter_or_leave_preempt(Env& env, const KfuncMeta& meta) {
  State& st = *env.path.cur_state;
  if (meta.is(bpf_preempt_disable)) {
    st.active_preempt_locks++;
  } else if (meta.is(bpf_preempt_enable)) {
    if (!st.active_preempt_locks) return env.reject(Msg::PreemptUnmatched, meta.func_name);
    st.active_preempt_locks--;
    if (env.laws.rules.rcu_by_any_section && !in_rcu_cs(env)) lose_rcu(env);
  } else if (st.active_preempt_locks && is_kfunc_sleepable(&meta)) {
    return env.reject(Msg::KfuncSleepableInPreempt, meta.func_name);
  }
  return go_on;
}

Stop check_regions(Env& env, const KfuncMeta& meta) {
  if (Stop stop = enter_or_leave_rcu(env, meta)) return stop;
  if (Stop stop = enter_or_leave_preempt(env, meta)) return stop;
  if (env.path.cur_state->active_irq_id && is_kfunc_sleepable(&meta))
    return env.reject(Msg::KfuncSleepableInIrq, meta.func_name);
  if (is_kfunc_rcu_protected(&meta) && env.target.has(Feature::kfuncs_need_rcu) && !in_rcu_cs(env))
    return env.reject(Msg::KfuncNeedsRcu, meta.func_name);
  return go_on;
}

Stop release(Env& env, const KfuncMeta& meta, u32 ref_obj_id) {
  Stop stop = release_reference(env.path, env.prog.may, ref_obj_id);
  if (stop) env.notes.note(Msg::KfuncReferenceNotAcquired, meta.func_name, meta.func_id);
  return stop;
}

/// What is put into a list or a tree: the collection owns it from here on.
Stop give_to_collection(Env& env, const KfuncMeta& meta) {
  const u32 ref_obj_id = env.path.cur_regs()[2].ref_obj_id;
  if (Stop stop = ref_convert_owning_non_owning(env, ref_obj_id)) {
    env.notes.note(Msg::KfuncConversionFailed, meta.func_name, meta.func_id);
    return stop;
  }
  return release(env, meta, ref_obj_id);
}

/// Frames of native code are walked on x86-64 by the tables of one unwinder, which a kernel need not have
/// (bpf_jit_supports_exceptions: arch/x86/net/bpf_jit_comp.c, 6.18): its configuration tells, or a type of its tables.
bool jit_supports_exceptions(const Target& target) {
  if (target.arch != Arch::x86_64) return target.arch == Arch::arm64;
  if (target.facts && target.facts->config) return target.facts->config->contains("CONFIG_UNWINDER_ORC");
  return !target.btf || target.btf->find("orc_entry", btf::Kind::Struct);
}

Stop check_throw(Env& env, const KfuncMeta& meta) {
  if (!jit_supports_exceptions(env.target)) return env.reject(Msg::KfuncJitUnsupported, meta.func_name, meta.func_id);
  env.prog.seen_exception = true;
  return env.prog.exception_callback_subprog ? go_on : check_return_code(env, 1, "R1");
}

/// Objects whose fields cannot be ended in an NMI are not dropped where a program may run in one.
Stop check_drop(Env& env, const KfuncMeta& meta) {
  constexpr u32 nmi_safe = FIELD_SPIN_LOCK | FIELD_RES_SPIN_LOCK | FIELD_TIMER | FIELD_WORKQUEUE | FIELD_TASK_WORK |
                           FIELD_KPTR_UNREF | FIELD_REFCOUNT;
  const bool traces =
      env.prog.type == ProgType::TRACING && !env.prog.attach_is(AttachType::TRACE_ITER) && !env.prog.sleepable;
  if (!traces && !is_tracing_prog_type(env.prog.type)) return go_on;
  const Record* rec = btf_find_struct_meta(env, meta.arg_btf, meta.arg_btf_id);
  return rec && rec->has(~nmi_safe) ? env.reject(Msg::DropUnsafeInNmi, meta.func_name) : go_on;
}

Stop apply_effects(Env& env, const KfuncMeta& meta) {
  if (meta.does(kfunc::drops) && env.target.has(Feature::drops_nmi_safe))
    if (Stop stop = check_drop(env, meta)) return stop;
  if (Stop stop = check_regions(env, meta)) return stop;
  if (meta.release_regno)
    if (Stop stop = release(env, meta, env.path.cur_regs()[meta.release_regno].ref_obj_id)) return stop;
  if (meta.does(kfunc::gives_away))
    if (Stop stop = give_to_collection(env, meta)) return stop;
  return meta.is(bpf_throw) ? check_throw(env, meta) : go_on;
}

void mark_argument_sizes(Env& env, const KfuncMeta& meta) {
  for (u32 i = 0; i < meta.func_proto().vlen(); i++) {
    btf::Type t = KfuncParam(meta, i).type;
    mark_btf_func_reg_size(env, i + 1, t.is(btf::Kind::Ptr) ? 8 : t.size());
  }
}

}  // namespace

bool kfunc_spin_allowed(const Env& env, const Insn* insn) {
  switch (SpecialKfunc k = special_kfunc_of(env.prog, insn)) {
    case bpf_refcount_acquire_impl:
    case bpf_iter_num_new:
    case bpf_iter_num_next:
    case bpf_iter_num_destroy:
    case bpf_res_spin_lock:
    case bpf_res_spin_unlock:
    case bpf_res_spin_lock_irqsave:
    case bpf_res_spin_unlock_irqrestore:
      return true;
    default:
      return kfunc::does(k, kfunc::of_list | kfunc::of_tree);
  }
}

Stop check_kfunc_call(Env& env, const Insn* insn) {
  if (!insn->imm) return go_on;
  const u32 insn_idx = env.path.insn_idx;
  KfuncMeta meta;
  if (Stop stop = fetch_kfunc_meta(env.prog, insn, &meta))
    return stop.is(EACCES) ? env.reject(Msg::KfuncNotAllowed, meta.func_name) : stop;
  env.prog.aux[insn_idx].is_iter_next = is_iter_next_kfunc(&meta);
  if (Stop stop = check_callable(env, meta)) return stop;
  if (Stop stop = check_kfunc_args(env, &meta, static_cast<int>(insn_idx))) return stop;
  if (Stop stop = check_callbacks(env, insn, insn_idx, meta)) return stop;
  if (meta.is(bpf_session_cookie)) {
    meta.r0_size = sizeof(u64);
    meta.r0_rdonly = false;
  }
  if (Stop stop = apply_effects(env, meta)) return stop;
  for (u32 i = 0; i < CALLER_SAVED_REGS; i++) mark_reg_not_init(env.prog.may, env.path.cur_regs(), i);
  if (Stop stop = set_kfunc_result(env, &meta, static_cast<int>(insn_idx))) return stop;
  if (is_kfunc_pkt_changing(&meta)) clear_all_pkt_pointers(env);
  mark_argument_sizes(env, meta);
  return is_iter_next_kfunc(&meta) ? process_iter_next_call(env, static_cast<int>(insn_idx), &meta) : go_on;
}

}  // namespace bpfcheck::sim
