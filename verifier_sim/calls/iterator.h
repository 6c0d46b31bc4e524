// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Loops that converge: the state at the same place in an earlier round, and widening of what changes between rounds
// (find_prev_entry, widen_imprecise_scalars: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// The nearest remembered state at `insn_idx` with the same call chain; nullptr where none is.
State* find_prev_entry(Env& env, State* cur, int insn_idx);
int widen_imprecise_scalars(Env& env, State* old, State* cur);

}  // namespace bpfcheck::sim
