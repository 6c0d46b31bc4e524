// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A kernel's laws: which sibling of each mechanism its verifier has, and which passes. Chosen once, from the target's
// features, and read only; nobody else asks a feature that chooses a mechanism. A local rule asks
// `target.has(Feature::x)` at its place.
#pragma once

#include <memory>

#include "kernel_db/target.h"
#include "verifier_sim/domain/ranges.h"
#include "verifier_sim/kernel/search_laws.h"

namespace bpfcheck::sim {

/// Passes that a kernel may not have, and where it has others (bpf_check).
struct PassLaws {
  bool func_info_early = true;       ///< before subprograms are found, else with the rest
  bool attach_target_first = false;  ///< looked for before maps and control flow, else after
  bool constants_folded = false;     ///< branches that constants decide become jumps
  bool main_program_first = true;    ///< and only global functions that something calls; else all of them before it
};

/// What one change of the kernel decides in more places than one; each by the name of its feature.
struct SharedRules {
  bool every_scalar_spilled = true, zeros_through_spills = true, narrow_over_scalar = true, deep_stack_reads = true;
  bool outside_constant = true, linked_differences = true;
  bool tail_call_returns = true;
  bool rcu_by_any_section = false;
  bool nullable_buffers = true, objects_as_memory = true, helper_writes_flagged = true;
};

struct Laws {
  std::unique_ptr<const Ranges> ranges;
  SearchLaws search;
  PassLaws passes;
  SharedRules rules;
};

Laws laws_of(const Target& target);

}  // namespace bpfcheck::sim
