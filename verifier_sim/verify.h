// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The simulation as a function.
#pragma once

#include "kernel_db/target.h"
#include "loader/program.h"
#include "verifier_sim/verdict.h"

namespace bpfcheck::sim {

/// Decides as bpf_check (kernel/bpf/verifier.c, 6.18) of `target` would, and the checks of bpf_prog_load before it.
/// Never throws; memory and time are bounded by the kernel's own limits.
Verdict verify(const loader::LinkedProgram& prog, const Target& target, Observer* observer = nullptr);

}  // namespace bpfcheck::sim
