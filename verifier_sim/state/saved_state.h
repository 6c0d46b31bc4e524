// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A state that is kept, to be compared with or to go on with, in little memory: what did not change since the state
// before is shared with it. Only marks of precision are made in it, and what is dead is forgotten.
#pragma once

#include "verifier_sim/state/state.h"

namespace bpfcheck::sim {

struct SavedFrame : FrameFacts, Pooled {
  std::array<SharedReg, bpf::MAX_REG> regs;
  u64 precise_slots = 0;  ///< bit i: slot i's scalar was found to matter since it was saved
  u16 precise_regs = 0;

  /// Shares what `live` has not changed since it was last saved, and notes in `live` what it shares now.
  explicit SavedFrame(Frame& live);
  bool reg_precise(u32 i) const { return (precise_regs >> i & 1) || regs[i]->precise; }
  bool slot_precise(u32 i) const { return (precise_slots >> i & 1) || stack[i].spilled->precise; }
};

struct SavedState : StateFacts, Pooled {
  std::array<std::unique_ptr<SavedFrame>, MAX_CALL_FRAMES> frame;

  void save(State& live);
  const SavedFrame& cur() const { return *frame[curframe]; }
  /// Live again, with what was marked since.
  std::unique_ptr<State> restored() const;
};

}  // namespace bpfcheck::sim
