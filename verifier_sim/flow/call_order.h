// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Subprograms in the order of their calls (sort_subprogs_topo: kernel/bpf/verifier.c, 7.2).
#pragma once

#include "verifier_sim/notes/notes.h"
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

/// Callees before their callers, by what reachable code calls. Refuses a subprogram that calls itself.
Stop sort_by_calls(const Program& prog, Notes& notes, std::vector<u32>& callees_first);

}  // namespace bpfcheck::sim
