// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See iter_slots.h.
#include "verifier_sim/memory/iter_slots.h"

#include <algorithm>

#include "verifier_sim/memory/btf_ptr.h"
#include "verifier_sim/memory/slots.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/reference.h"

namespace bpfcheck::sim {
Expected<int> iter_get_spi(Env& env, const Reg* reg, int nr_slots) {
  return stack_slot_obj_get_spi(env, reg, "iter", nr_slots);
}

Stop mark_stack_slots_iter(Env& env, bool rcu_protected, const Reg* reg, int insn_idx, const btf::Btf* btf, u32 btf_id,
                           int nr_slots) {
  const Expected<int> found = iter_get_spi(env, reg, nr_slots);
  if (!found) return found.error();
  const int spi = *found;
  const auto id = acquire_reference(env.path, insn_idx);
  Frame* frame = env.path.func(reg);
  for (int i = 0; i < nr_slots; i++) {
    Reg& st = slot_at(frame, spi - i).spilled.edit();
    mark_reg_known_zero_raw(&st);
    st.type = PTR_TO_STACK;
    if (rcu_protected) st.type |= in_rcu_cs(env) ? MEM_RCU : PTR_UNTRUSTED;
    st.ref_obj_id = i == 0 ? id : 0;
    st.u.btf = btf;
    st.u.btf_id = btf_id;
    st.u.iter_state = IterState::Active;
    st.u.iter_depth = 0;
    mark_stack_slot_obj(env, frame, spi - i, SlotType::Iter);
  }
  return go_on;
}

Stop unmark_stack_slots_iter(Env& env, const Reg* reg, int nr_slots) {
  const Expected<int> found = iter_get_spi(env, reg, nr_slots);
  if (!found) return found.error();
  const int spi = *found;
  Frame* frame = env.path.func(reg);
  for (int i = 0; i < nr_slots; i++) {
    Reg& st = slot_at(frame, spi - i).spilled.edit();
    if (i == 0) (void)release_reference(env.path, env.prog.may, st.ref_obj_id);
    mark_reg_not_init_raw(env.prog.may, &st);
    mark_stack_slot_obj(env, frame, spi - i, SlotType::Invalid);
  }
  return go_on;
}

bool is_iter_reg_valid_uninit(Env& env, const Reg* reg, int nr_slots) {
  const Expected<int> found = iter_get_spi(env, reg, nr_slots);
  if (!found) return found.error().is(ERANGE);
  const int spi = *found;
  for (int i = 0; i < nr_slots; i++)
    if (std::ranges::count(slot_at(env.path.func(reg), spi - i).slot, SlotType::Iter)) return false;
  return true;
}

Stop is_iter_reg_valid_init(Env& env, const Reg* reg, const btf::Btf* btf, u32 btf_id, int nr_slots) {
  const Expected<int> found = iter_get_spi(env, reg, nr_slots);
  if (!found) return Stop::refused(EINVAL);
  const int spi = *found;
  for (int i = 0; i < nr_slots; i++) {
    const StackSlot& slot = slot_at(env.path.func(reg), spi - i);
    const Reg& st = slot.spilled;
    if (st.type & PTR_UNTRUSTED) return Stop::refused(EPROTO);
    if ((i == 0) != (st.ref_obj_id != 0)) return Stop::refused(EINVAL);
    if (st.u.btf != btf || st.u.btf_id != btf_id) return Stop::refused(EINVAL);
    if (!std::ranges::all_of(slot.slot, [](SlotType t) { return t == SlotType::Iter; })) return Stop::refused(EINVAL);
  }
  return go_on;
}

}  // namespace bpfcheck::sim
