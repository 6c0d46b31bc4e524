// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Making read marks (state/read_marks.h): mark_reg_read, propagate_liveness and the part of is_state_visited that links
// states (kernel/bpf/verifier.c, 5.10 to 6.17).
#pragma once

#include "verifier_sim/env.h"
#include "verifier_sim/state/saved_state.h"

namespace bpfcheck::sim {

/// The current instruction reads a register or slot of a frame: `flag` is ReadMark::Read32 or Read64.
void mark_read(Env& env, Frame& frame, u32 at, u8 flag);
/// It writes all of it: reads from here on are not of what stood there.
inline void mark_written(Frame& frame, u32 at) { frame.marks.edit(at).live |= ReadMark::Written; }
/// Every place of a state gets its own mark, so that a copy of the state can be linked to.
void prepare_marks(State& st);
/// `cur` goes on from `parent`, a copy of it: what it reads is read of the copy.
void link_marks(State& cur, SavedState& parent);
/// `cur` is pruned at `old`: what is read behind the one is read behind the other. True where a mark is new.
bool propagate_read_marks(Env& env, const SavedState& old, State& cur);

}  // namespace bpfcheck::sim
