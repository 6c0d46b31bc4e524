// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Widening: what changes from round to round of a loop and was not relied on is forgotten, so that rounds converge
// (widen_imprecise_scalars: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"
#include "verifier_sim/state/saved_state.h"

namespace bpfcheck::sim {

/// Forgets the value of each scalar that is not the same in an earlier round's state, unless it was found to matter.
void widen_imprecise_scalars(Env& env, const SavedState& old, State* cur);

}  // namespace bpfcheck::sim
