// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The visited set: prune a path at a state that an explored one covers, remember states, evict useless ones
// (is_state_visited, propagate_precision, propagate_backedges: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

struct SccVisit;

/// What comparing the current state with those remembered at its instruction has shown: nothing covers it; it was
/// remembered, and of the way from there nothing is recorded yet; one covers it.
enum class Visit : u8 { Fresh, Remembered, Covered };
Expected<Visit> is_state_visited(Env& env, u32 insn_idx);
Stop propagate_backedges(Env& env, SccVisit& visit);

}  // namespace bpfcheck::sim
