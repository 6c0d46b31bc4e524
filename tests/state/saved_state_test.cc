// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Saved states share what has not changed, and one that changes does not change the others.
#include "verifier_sim/state/saved_state.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace bpfcheck::sim {
namespace {

Reg known(u64 value) {
  Reg r;
  r.type = SCALAR_VALUE;
  r.set_known(value);
  return r;
}

std::unique_ptr<State> state_of_one_frame() {
  auto st = std::make_unique<State>();
  st->frame[0] = std::make_unique<Frame>();
  for (u32 i = 0; i < bpf::MAX_REG; i++) st->frame[0]->regs[i] = known(i);
  st->frame[0]->stack.grow(10);
  StackSlot& slot = st->frame[0]->stack.edit(9);
  slot.spilled = known(100);
  std::ranges::fill(slot.slot, SlotType::Spill);
  return st;
}

TEST(SharedReg, IsCopiedWhereItIsWritten) {
  SharedReg a = known(1), b = a;
  EXPECT_TRUE(a.same_object(b));
  b.edit().set_known(2);
  EXPECT_EQ(a->const_value(), 1u);
  EXPECT_EQ(b->const_value(), 2u);
  SharedReg c = b;
  c = known(3);
  EXPECT_EQ(b->const_value(), 2u);
  EXPECT_EQ(SharedReg()->type, u32{NOT_INIT});
}

TEST(StackSlots, ACopyKeepsWhatTheOtherWrites) {
  auto st = state_of_one_frame();
  const StackSlots before = st->frame[0]->stack;
  st->frame[0]->stack.edit(9).spilled.edit().set_known(7);
  std::ranges::fill(st->frame[0]->stack.edit(0).slot, SlotType::Misc);
  EXPECT_EQ(before[9].spilled->const_value(), 100u);
  EXPECT_TRUE(before[0].is_empty());
  EXPECT_EQ(st->frame[0]->stack[9].spilled->const_value(), 7u);
}

TEST(StackSlots, PlainBytesAreTold) {
  for (u8 t = 0; t <= static_cast<u8>(SlotType::IrqFlag); t++) {
    StackSlot s;
    s.slot[3] = static_cast<SlotType>(t);
    EXPECT_EQ(s.is_plain(), t == static_cast<u8>(SlotType::Invalid) || t == static_cast<u8>(SlotType::Misc) ||
                                t == static_cast<u8>(SlotType::Zero))
        << int{t};
  }
}

TEST(SavedState, SharesWhatHasNotChangedSinceTheLast) {
  auto live = state_of_one_frame();
  SavedState first, second;
  first.save(*live);
  live->frame[0]->regs[3].set_known(33);
  live->frame[0]->stack.edit(9).spilled.edit().set_known(200);
  second.save(*live);
  for (u32 i = 0; i < bpf::MAX_REG; i++) EXPECT_EQ(first.cur().regs[i].same_object(second.cur().regs[i]), i != 3) << i;
  EXPECT_EQ(first.cur().regs[3]->const_value(), 3u);
  EXPECT_EQ(first.cur().stack[9].spilled->const_value(), 100u);
  EXPECT_EQ(second.cur().stack[9].spilled->const_value(), 200u);
}

TEST(SavedState, IsRestoredWithItsMarks) {
  auto live = state_of_one_frame();
  live->insn_idx = 5;
  SavedState saved, later;
  saved.save(*live);
  later.save(*live);
  saved.frame[0]->precise_regs = 1u << 2;
  saved.frame[0]->precise_slots = u64{1} << 9;
  const auto back = saved.restored();
  EXPECT_EQ(back->insn_idx, 5u);
  for (u32 i = 0; i < bpf::MAX_REG; i++) {
    EXPECT_EQ(back->frame[0]->regs[i].const_value(), i);
    EXPECT_EQ(back->frame[0]->regs[i].precise, i == 2) << i;
  }
  EXPECT_TRUE(back->frame[0]->stack[9].spilled->precise);
  EXPECT_FALSE(later.frame[0]->slot_precise(9));
  EXPECT_FALSE(live->frame[0]->stack[9].spilled->precise);
}

}  // namespace
}  // namespace bpfcheck::sim
