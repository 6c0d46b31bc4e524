// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A kernel's laws: which sibling of each mechanism its verifier has. Chosen once, from the target's features, and read
// only; nobody else asks a feature that chooses a mechanism. A local rule asks `target.has(Feature::x)` at its place.
#pragma once

#include <memory>

#include "kernel_db/target.h"
#include "verifier_sim/domain/ranges.h"
#include "verifier_sim/kernel/search_laws.h"

namespace bpfcheck::sim {

struct Laws {
  std::unique_ptr<const Ranges> ranges;
  SearchLaws search;
};

Laws laws_of(const Target& target);

}  // namespace bpfcheck::sim
