// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Registers that hold the same constant, map or function on every way to an instruction, and branches that these decide
// (kernel/bpf/const_fold.c, 7.2). Kernels without Feature::constants_folded have neither pass.
#pragma once

#include "verifier_sim/notes/stop.h"
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

/// Fills Program::const_regs.
Stop compute_const_regs(Program& prog);
/// Makes jumps of branches that constants decide, so that what lies behind the other edge keeps nothing alive.
Stop prune_dead_branches(Program& prog);

}  // namespace bpfcheck::sim
