// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See search_laws.h.
#include "verifier_sim/kernel/search_laws.h"

namespace bpfcheck::sim {

SearchLaws search_laws(const Target& t) {
  SearchLaws l;
  l.stack_liveness = t.has(Feature::static_stack_liveness) ? StackLiveness::known
                     : t.has(Feature::stack_liveness)      ? StackLiveness::learnt
                                                           : StackLiveness::marks;
  l.live_registers = t.has(Feature::live_registers);
  l.components = t.has(Feature::scc_loops);
  l.loop_entries = !l.components && t.has(Feature::iter_convergence);
  l.ranges_in_loops = t.has(Feature::may_goto);
  l.callback_rounds = t.has(Feature::callback_rounds);
  l.callbacks_are_loops = t.has(Feature::callbacks_are_loops);
  l.covering_by_type = t.has(Feature::covering_by_type);
  l.bytes_as_scalars = t.has(Feature::bytes_as_scalars);
  l.links_recorded = t.has(Feature::linked_scalars);
  l.checkpoints = t.has(Feature::open_coded_iterators);
  l.history_bound = t.has(Feature::history_bound);
  l.old_peak = !t.has(Feature::live_registers);
  l.history_from_entry = t.has(Feature::history_from_entry);
  l.jump_points = t.has(Feature::jump_points);
  l.precision_frames = t.has(Feature::precision_frames);
  l.precision_ids = t.has(Feature::precision_ids) && !t.has(Feature::linked_scalars);
  l.stack_history = t.has(Feature::stack_slot_precision);
  return l;
}

}  // namespace bpfcheck::sim
