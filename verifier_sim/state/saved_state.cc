// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See saved_state.h.
#include "verifier_sim/state/saved_state.h"

#include <bit>
#include <cstring>

namespace bpfcheck::sim {

SavedFrame::SavedFrame(Frame& live) : FrameFacts(live) {
  for (u32 i = 0; i < bpf::MAX_REG; i++) {
    // Like bytes are like values; that padding may differ costs a copy at most.
    if (std::memcmp(&*live.saved[i], &live.regs[i], sizeof(Reg)) != 0) live.saved[i] = SharedReg(live.regs[i]);
    regs[i] = live.saved[i];
  }
}

void SavedState::save(State& live) {
  static_cast<StateFacts&>(*this) = live;
  for (u32 i = 0; i <= curframe; i++) frame[i] = std::make_unique<SavedFrame>(*live.frame[i]);
}

std::unique_ptr<State> SavedState::restored() const {
  auto live = std::make_unique<State>();
  static_cast<StateFacts&>(*live) = *this;
  for (u32 f = 0; f <= curframe; f++) {
    live->frame[f] = std::make_unique<Frame>();
    static_cast<FrameFacts&>(*live->frame[f]) = *frame[f];
    live->frame[f]->saved = frame[f]->regs;
    for (u32 i = 0; i < bpf::MAX_REG; i++) {
      live->frame[f]->regs[i] = frame[f]->regs[i];
      live->frame[f]->regs[i].precise = frame[f]->reg_precise(i);
    }
    for (u64 m = frame[f]->precise_slots; m; m &= m - 1)
      live->frame[f]->stack.edit(static_cast<u32>(std::countr_zero(m))).spilled.edit().precise = true;
  }
  return live;
}

}  // namespace bpfcheck::sim
