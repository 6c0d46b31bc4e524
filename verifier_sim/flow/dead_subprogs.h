// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Functions that no path reaches are removed before the JIT runs; whose address is still taken has none then
// (opt_remove_dead_code, jit_subprogs: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/notes/notes.h"
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

/// The kernel ends in "No program to jit", or, where another function moves to that very place, takes its address
/// instead. The former names the place, which is known only where no instruction before it is rewritten into several.
Stop check_dead_subprogs(const Program& prog, Notes& notes);

}  // namespace bpfcheck::sim
