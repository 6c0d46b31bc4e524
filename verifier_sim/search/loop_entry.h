// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Loops as kernels from 6.7 to 6.16 know them: a state knows the remembered state at which the loop that it is in was
// entered. While that one is being explored, marks within the loop are not complete (get_loop_entry, update_loop_entry:
// kernel/bpf/verifier.c, 6.12).
#pragma once

#include "verifier_sim/search/explorer.h"

namespace bpfcheck::sim {

/// The outermost entry of the loop that a state is in; null where it is in none.
Remembered* loop_entry_of(StateFacts& st);
/// The search has come from `cur` to `hdr`, which is on its way.
void update_loop_entry(StateFacts& cur, Remembered& hdr);

}  // namespace bpfcheck::sim
