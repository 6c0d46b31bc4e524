// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Iterators, and the loops over them: the state at the same place in an earlier round, and widening of what changes between
// rounds (process_iter_arg, process_iter_next_call, widen_imprecise_scalars: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/calls/kfunc_meta.h"

namespace bpfcheck::sim {

/// The nearest remembered state at `insn_idx` with the same call chain; nullptr where none is.
State* find_prev_entry(Env& env, State* cur, int insn_idx);
int widen_imprecise_scalars(Env& env, State* old, State* cur);

/// The argument that is the iterator: created, or found to be one and remembered in `meta`.
int process_iter_arg(Env& env, u32 regno, int insn_idx, KfuncMeta* meta);
/// The first slot of the iterator of this call in a state.
Reg* get_iter_from_state(State* st, const KfuncMeta* meta);
/// Goes on with an exhausted iterator, and later with one that gave an element.
int process_iter_next_call(Env& env, int insn_idx, const KfuncMeta* meta);

}  // namespace bpfcheck::sim
