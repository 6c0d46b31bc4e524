// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How deep calls make the stack (check_max_stack_depth: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

int check_max_stack_depth(Env& env);

}  // namespace bpfcheck::sim
