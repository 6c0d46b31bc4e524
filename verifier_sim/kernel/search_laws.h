// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which mechanisms a kernel's search has, chosen once from its features.
#pragma once

#include "kernel_db/target.h"

namespace bpfcheck::sim {

/// How what is live of stacks is known.
enum class StackLiveness : u8 {
  marks,   ///< by marks along the remembered states (search/read_marks.h); so it is for registers then
  learnt,  ///< by data flow over call chains, of what simulated instructions did (search/stack_liveness.h)
  known,   ///< by data flow before paths are explored (flow/stack_use.h)
};

struct SearchLaws {
  StackLiveness stack_liveness = StackLiveness::learnt;
  bool read_marks() const { return stack_liveness == StackLiveness::marks; }
  bool live_registers = true;  ///< registers' liveness is computed before
  bool components = true;      ///< loops are strongly connected components
  bool loop_entries = false;   ///< a state knows the state at which its loop was entered
  bool ranges_in_loops =
      true;  ///< within a loop a wider range covers a narrower one, and an infinite loop is one exactly
  bool callback_rounds = true;       ///< a callback's return leads back to the call; else it is followed once
  bool callbacks_are_loops = false;  ///< a call that runs a callback is a component by itself
  bool covering_by_type =
      true;  ///< registers are compared type by type; else what is the same is safe, and a little more
  bool bytes_as_scalars = true;  ///< eight bytes of anything and a spilled scalar are compared as scalars
  bool links_recorded = true;    ///< the history says which scalars a comparison narrowed together, six at most
  bool checkpoints = true;       ///< iter_next and callbacks' calls force a remembered state
  bool history_bound = true;     ///< a long history forces one
  bool old_peak = false;         ///< the peak of states counts those that were freed only where their marks were final
  bool history_from_entry = true;  ///< the first instruction behind a remembered state is recorded, too
  bool jump_points = true;         ///< where history is recorded need not be where states are compared
  bool precision_frames = true;    ///< precision is followed into and out of subprograms
  bool precision_ids = false;      ///< scalars of one identity are found precise together, state by state
  bool stack_history = true;       ///< the history says which slot an instruction accessed
};

SearchLaws search_laws(const Target& target);

}  // namespace bpfcheck::sim
