// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The visited set: prune a path at a state that an explored one covers, remember states, evict useless ones
// (is_state_visited, propagate_precision, propagate_backedges: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

struct SccVisit;

inline constexpr int REMEMBERED = 2;
/// 1: the current state is covered; 0: go on; REMEMBERED: go on from a new remembered state, of which nothing is
/// recorded yet; negative: an error.
int is_state_visited(Env& env, u32 insn_idx);
int propagate_backedges(Env& env, SccVisit& visit);

}  // namespace bpfcheck::sim
