// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Arguments that are more than a pointer: dynptrs, saved interrupt flags, locks, work queues, strings (the like-named
// cases of check_kfunc_args, process_irq_flag: kernel/bpf/verifier.c, 6.18).
#include "verifier_sim/calls/dynptr_arg.h"
#include "verifier_sim/calls/kfunc_args.h"
#include "verifier_sim/calls/kfunc_graph.h"
#include "verifier_sim/calls/spin_lock.h"
#include "verifier_sim/memory/access.h"
#include "verifier_sim/memory/btf_ptr.h"
#include "verifier_sim/memory/dynptr_slots.h"
#include "verifier_sim/memory/irq_slots.h"

namespace bpfcheck::sim {
namespace {

using enum SpecialKfunc;

/// The type that a dynptr made by this call has.
Stop dynptr_type_to_make(Env& env, const KfuncMeta& meta, bool uninit, u32* arg_type, u32* clone_ref_obj_id) {
  if (meta.is(bpf_dynptr_from_skb))
    *arg_type |= DYNPTR_TYPE_SKB;
  else if (meta.is(bpf_dynptr_from_xdp))
    *arg_type |= DYNPTR_TYPE_XDP;
  else if (meta.is(bpf_dynptr_from_skb_meta))
    *arg_type |= DYNPTR_TYPE_SKB_META;
  else if (meta.is(bpf_dynptr_clone) && uninit) {
    const auto& parent = meta.initialized_dynptr;
    if (parent.type == DynptrType::Invalid) return env.unsupported("verifier bug: no dynptr type for parent of clone");
    *arg_type |= get_dynptr_type_flag(parent.type);
    *clone_ref_obj_id = parent.ref_obj_id;
    if (dynptr_type_refcounted(parent.type) && !parent.ref_obj_id)
      return env.unsupported("verifier bug: missing ref obj id for parent of clone");
  }
  return go_on;
}

}  // namespace

Stop process_kf_arg_dynptr(Env& env, Reg* reg, u32 regno, int insn_idx, const KfuncParam& param, KfuncMeta* meta) {
  u32 arg_type = ARG_PTR_TO_DYNPTR, clone_ref_obj_id = 0;
  if (reg->type == CONST_PTR_TO_DYNPTR) arg_type |= MEM_RDONLY;
  if (param.is_uninit()) arg_type |= MEM_UNINIT;
  if (Stop stop = dynptr_type_to_make(env, *meta, param.is_uninit(), &arg_type, &clone_ref_obj_id)) return stop;
  if (Stop stop = process_dynptr_func(env, regno, insn_idx, arg_type, clone_ref_obj_id)) return stop;
  if (param.is_uninit()) return go_on;
  const Reg* dynptr = dynptr_reg(env, reg);
  if (!dynptr) return env.unsupported("verifier bug: failed to obtain dynptr id");
  meta->initialized_dynptr = {dynptr_get_type(env, reg), dynptr->id, dynptr->ref_obj_id};
  return go_on;
}

Stop process_irq_flag(Env& env, u32 regno, const KfuncMeta* meta) {
  Reg* reg = env.path.reg_state(regno);
  const IrqClass irq_class = meta->does(kfunc::locks | kfunc::unlocks) ? IrqClass::Lock : IrqClass::Native;
  if (meta->does(kfunc::saves_irq)) {
    if (!is_irq_flag_reg_valid_uninit(env, reg)) return env.reject(Msg::IrqExpectedUninit, regno - 1);
    if (Stop stop = check_mem_access(env, static_cast<int>(env.path.insn_idx), regno, 0, bpf::DW, AccessType::Write, -1,
                                     false, false))
      return stop;
    return mark_stack_slot_irq_flag(env, reg, static_cast<int>(env.path.insn_idx), irq_class);
  }
  if (!meta->does(kfunc::restores_irq)) return env.unsupported("verifier bug: unknown irq flags kfunc");
  if (Stop stop = is_irq_flag_reg_valid_init(env, reg)) {
    env.notes.note(Msg::IrqExpectedInit, regno - 1);
    return stop;
  }
  if (Stop stop = mark_irq_flag_read(env, reg)) return stop;
  if (Stop stop = unmark_stack_slot_irq_flag(env, reg, irq_class)) return stop;
  if (env.laws.rules.rcu_by_any_section && !in_rcu_cs(env)) lose_rcu(env);
  return go_on;
}

Stop process_kf_arg_res_spin_lock(Env& env, Reg* reg, u32 regno, const KfuncMeta* meta) {
  if (env.target.has(Feature::rbtree_resilient_locks) && in_rbtree_lock_required_cb(env))
    return env.reject(Msg::ResLockInCallback);
  if (reg->type != PTR_TO_MAP_VALUE && reg->type != (PTR_TO_BTF_ID | MEM_ALLOC))
    return env.reject(Msg::KfuncArgNotLockHolder, regno - 1);
  const bool irq = meta->does(kfunc::saves_irq | kfunc::restores_irq);
  const bool lock = meta->does(kfunc::locks);
  if (!meta->does(kfunc::locks | kfunc::unlocks)) return Stop::refused(EFAULT);
  return process_spin_lock(env, regno, irq ? RefType::ResLockIrq : RefType::ResLock, lock);
}

}  // namespace bpfcheck::sim
