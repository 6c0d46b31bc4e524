// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Functions that no path reaches are removed before the JIT runs; whose address is still taken has none then
// (opt_remove_dead_code, jit_subprogs: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// The kernel ends in "No program to jit", or, where the next function moves to that very place, takes its address instead.
/// Which, depends on every rewrite before it: not modelled.
int check_dead_subprogs(Env& env);

}  // namespace bpfcheck::sim
