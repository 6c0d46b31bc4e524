// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Iterators, and the loops over them (process_iter_arg, process_iter_next_call: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"
#include "verifier_sim/program/kfunc_meta.h"
#include "verifier_sim/state/saved_state.h"

namespace bpfcheck::sim {

/// The argument that is the iterator: created, or found to be one and remembered in `meta`.
Stop process_iter_arg(Env& env, u32 regno, int insn_idx, KfuncMeta* meta);
/// The first slot of the iterator of this call in a state.
Reg* get_iter_from_state(State* st, const KfuncMeta* meta);
/// Goes on with an exhausted iterator, and later with one that gave an element.
Stop process_iter_next_call(Env& env, int insn_idx, const KfuncMeta* meta);

}  // namespace bpfcheck::sim
