// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The path that is being followed: its state, the instruction it has come to, identities given out so far.
#pragma once

#include "verifier_sim/state/state.h"

namespace bpfcheck::sim {

struct Path {
  u32 insn_idx = 0, prev_insn_idx = 0;
  State* cur_state = nullptr;  ///< owned by the search
  u32 id_gen = 0;
  HistoryEntry* cur_hist_ent = nullptr;  ///< what the current instruction has noted in the state's history
  u32 pass_cnt = 0;                      ///< main program and global subprograms begun
  bool callback_references = false;      ///< Feature::callback_references
  Reg fake_reg[2];                       ///< a comparison's immediate, for either branch

  Frame* cur_func() const { return cur_state->frame[cur_state->curframe].get(); }
  Reg* cur_regs() const { return cur_func()->regs.data(); }
  Frame* func(const Reg* reg) const { return cur_state->frame[reg->frameno].get(); }
  Reg* reg_state(u32 regno) const { return &cur_func()->regs[regno]; }
  u32 new_id() { return ++id_gen; }
};

}  // namespace bpfcheck::sim
