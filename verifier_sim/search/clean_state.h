// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Forgets what a path holds and nothing reads any more, whenever it comes to where states are compared
// (clean_verifier_state: kernel/bpf/states.c, 7.2).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Only where Env::stack_use is known.
void clean_state(Env& env, State& st);

}  // namespace bpfcheck::sim
