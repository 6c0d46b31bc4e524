// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See irq_slots.h.
#include "verifier_sim/memory/irq_slots.h"

#include <algorithm>

#include "verifier_sim/memory/slots.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/reference.h"

namespace bpfcheck::sim {
namespace {

Expected<int> irq_flag_get_spi(Env& env, const Reg* reg) { return stack_slot_obj_get_spi(env, reg, "irq_flag", 1); }
std::string_view class_name(IrqClass c) { return c == IrqClass::Native ? "native" : "lock"; }

Stop reject_out_of_order(Env& env) {
  const State& st = *env.path.cur_state;
  auto it = std::ranges::find(st.refs, st.active_irq_id, &Reference::id);
  const int taken_at = it == st.refs.end() ? 0 : it->insn_idx;
  return env.reject(Msg::IrqRestoreOutOfOrder, st.active_irq_id, taken_at);
}

}  // namespace

Stop mark_stack_slot_irq_flag(Env& env, const Reg* reg, int insn_idx, IrqClass irq_class) {
  const Expected<int> found = irq_flag_get_spi(env, reg);
  if (!found) return found.error();
  const int spi = *found;
  Frame* frame = env.path.func(reg);
  Reg& st = slot_at(frame, spi).spilled.edit();
  mark_reg_known_zero_raw(&st);
  st.type = PTR_TO_STACK;
  st.ref_obj_id = acquire_irq_state(env.path, insn_idx);
  st.u.irq_class = irq_class;
  mark_stack_slot_obj(env, frame, spi, SlotType::IrqFlag);
  return go_on;
}

Stop unmark_stack_slot_irq_flag(Env& env, const Reg* reg, IrqClass irq_class) {
  const Expected<int> found = irq_flag_get_spi(env, reg);
  if (!found) return found.error();
  const int spi = *found;
  Frame* frame = env.path.func(reg);
  Reg& st = slot_at(frame, spi).spilled.edit();
  if (st.u.irq_class != irq_class)
    return env.reject(Msg::IrqClassMismatch, class_name(st.u.irq_class), class_name(irq_class));
  if (release_irq_state(env.path.cur_state, st.ref_obj_id)) return reject_out_of_order(env);
  mark_reg_not_init_raw(env.prog.may, &st);
  mark_stack_slot_obj(env, frame, spi, SlotType::Invalid);
  return go_on;
}

bool is_irq_flag_reg_valid_uninit(Env& env, const Reg* reg) {
  const Expected<int> spi = irq_flag_get_spi(env, reg);
  if (!spi) return spi.error().is(ERANGE);
  return std::ranges::count(slot_at(env.path.func(reg), *spi).slot, SlotType::IrqFlag) == 0;
}

Stop is_irq_flag_reg_valid_init(Env& env, const Reg* reg) {
  const Expected<int> found = irq_flag_get_spi(env, reg);
  if (!found) return Stop::refused(EINVAL);
  const int spi = *found;
  const StackSlot& slot = slot_at(env.path.func(reg), spi);
  const bool whole = std::ranges::all_of(slot.slot, [](SlotType t) { return t == SlotType::IrqFlag; });
  return slot.spilled->ref_obj_id && whole ? go_on : Stop::refused(EINVAL);
}

Stop mark_irq_flag_read(Env& env, const Reg* reg) {
  const Expected<int> found = irq_flag_get_spi(env, reg);
  if (!found) return found.error();
  const int spi = *found;
  return mark_stack_slot_obj_read(env, reg, spi, 1);
}

}  // namespace bpfcheck::sim
