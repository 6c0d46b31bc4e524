// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kptr_xchg.h.
#include "verifier_sim/calls/kptr_xchg.h"

#include "verifier_sim/memory/btf_ptr.h"
#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/record.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/reference.h"

namespace bpfcheck::sim {

Stop process_kptr_func(Env& env, u32 regno, CallMeta* meta) {
  const Reg& reg = env.path.cur_regs()[regno];
  const bool in_maps_alone = !env.target.has(Feature::kptr_in_objects);
  if (in_maps_alone && !reg.is_const()) return env.reject(Msg::KptrOffsetNotConst, regno);
  if (reg.type == PTR_TO_MAP_VALUE) {
    if (!reg.u.map->btf) return env.reject(Msg::KptrMapNeedsBtf, reg.u.map->name);
    meta->map = reg.u.map;
  }
  const Record* rec = reg_btf_record(env, &reg);
  if (!reg.is_const()) return env.reject(Msg::KptrOffsetNotConst, regno);
  if (!rec || !rec->has(FIELD_KPTR)) return env.reject(Msg::KptrMissing, regno, meta->map ? meta->map->name : "");
  const u32 off = static_cast<u32>(reg.off) + static_cast<u32>(reg.var_off().value);
  const Field* field = rec->find(off, FIELD_KPTR);
  if (!field) return env.reject(Msg::KptrOtherOffset, static_cast<s32>(off));
  if (field->type != FIELD_KPTR_REF && field->type != FIELD_KPTR_PERCPU)
    return env.reject(Msg::KptrNotReferenced, static_cast<s32>(off));
  meta->kptr_field = field;
  return go_on;
}

Stop release_into_kptr(Env& env, u32 ref_obj_id) {
  const bool in_rcu = in_rcu_cs(env);
  if (!may_release(env.path, ref_obj_id) || !release_reference_nomark(env.path.cur_state, ref_obj_id))
    return Stop::refused(EINVAL);
  env.path.cur_state->for_each_reg([=](const Reg& r) { return r.ref_obj_id == ref_obj_id; },
                                   [&](Reg& r) {
                                     if (!in_rcu || !(r.type & MEM_ALLOC) || !(r.type & MEM_PERCPU)) {
                                       mark_reg_invalid(env.prog.may, &r);
                                       return;
                                     }
                                     // Per-CPU memory is freed after a grace period: within the critical section it may
                                     // still be used.
                                     r.ref_obj_id = 0;
                                     r.type &= ~static_cast<u32>(MEM_ALLOC);
                                     r.type |= MEM_RCU;
                                   });
  return go_on;
}

void set_kptr_xchg_result(Env& env, const Field& kptr, u32 flags) {
  mark_reg_known_zero(env.path.cur_regs(), 0);
  Reg& r0 = env.path.cur_regs()[0];
  r0.type = PTR_TO_BTF_ID | flags;
  if (!btf_is_kernel(env, kptr.btf)) {
    r0.type |= MEM_ALLOC;
    if (kptr.type == FIELD_KPTR_PERCPU) r0.type |= MEM_PERCPU;
  }
  r0.u.btf = kptr.btf;
  r0.u.btf_id = kptr.btf_id;
}

}  // namespace bpfcheck::sim
