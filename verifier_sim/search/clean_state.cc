// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See clean_state.h.
#include "verifier_sim/search/clean_state.h"

#include "verifier_sim/flow/stack_use.h"
#include "verifier_sim/search/explorer.h"

namespace bpfcheck::sim {
namespace {

constexpr int half = bpf::REG_SIZE / 2;

/// Dynptrs, iterators and saved interrupt flags stay: overwriting them, or making them twice, must be noticed.
bool must_stay(const StackSlot& s) {
  return s.slot[7] == SlotType::Dynptr || s.slot[7] == SlotType::Iter || s.slot[7] == SlotType::IrqFlag;
}

/// The four bytes nearer to the frame's end may still be read, those below not. Of a spilled scalar they stay as bytes
/// of any value; a spilled pointer stays whole, so that reading half of it is refused, and so does a zero, which could
/// only be kept as one by making it precise.
void forget_high_half(StackSlots& stack, size_t i) {
  const StackSlot& s = stack[i];
  const bool spill = s.is_spilled_reg();
  if (spill && (s.spilled->type != SCALAR_VALUE || s.spilled->is_null())) return;
  StackSlot& edited = stack.edit(i);
  for (int j = 0; j < half; j++)
    if (spill && edited.slot[j] == SlotType::Spill) edited.slot[j] = SlotType::Misc;
  edited.spilled = SharedReg();
  for (int j = half; j < bpf::REG_SIZE; j++) edited.slot[j] = SlotType::Invalid;
}

void clean_slot(StackSlots& stack, size_t i, bool low_live, bool high_live) {
  if ((low_live && high_live) || stack[i].is_empty() || must_stay(stack[i])) return;
  if (!low_live && !high_live) {
    stack.edit(i) = StackSlot{};
  } else if (low_live) {
    forget_high_half(stack, i);
  } else {
    StackSlot& edited = stack.edit(i);
    for (int j = 0; j < half; j++) edited.slot[j] = SlotType::Invalid;
  }
}

}  // namespace

void clean_state(Env& env, State& st) {
  const LiveHalves live(env.prog, *env.stack_use, st);
  for (u32 f = 0; f <= st.curframe; f++) {
    Frame& frame = *st.frame[f];
    const u16 live_regs = env.prog.aux[frame_insn_idx(st, f)].live_regs_before;
    for (u32 r = 0; r < bpf::REG_FP; r++)
      if (!(live_regs >> r & 1) && frame.regs[r].type != NOT_INIT)
        mark_reg_not_init(env.prog.may, frame.regs.data(), r);
    const HalfSlots slots = live.of(f);
    for (size_t i = 0; i < frame.stack.size(); i++) clean_slot(frame.stack, i, slots[2 * i], slots[2 * i + 1]);
  }
}

}  // namespace bpfcheck::sim
