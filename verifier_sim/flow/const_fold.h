// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Registers that hold the same constant, map or function on every way to an instruction, and branches that these decide
// (kernel/bpf/const_fold.c, 7.2). Kernels without Feature::constants_folded have neither pass.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Fills Program::const_regs.
Stop compute_const_regs(Env& env);
/// Makes jumps of branches that constants decide, so that what lies behind the other edge keeps nothing alive.
Stop prune_dead_branches(Env& env);

}  // namespace bpfcheck::sim
