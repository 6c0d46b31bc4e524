// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Why two targets judge a program differently: the smallest set of facts which, switched in the one target to what the
// other has, turns the one's verdict into the other's.
#pragma once

#include <string>
#include <vector>

#include "judge/judge.h"
#include "kernel_db/blend.h"

namespace bpfcheck::judge {

/// A fact that decides, in words.
struct Cause {
  Difference fact;
  std::string name;       ///< "bpf_loop", "task_struct.__state", "every_scalar_spilled"
  std::string words;      ///< what it is: "the helper", "the field", a feature's prose
  std::string line;       ///< that brought it, "5.17"; "" where that is not known
  std::string gone;       ///< that took it away again; "" where none did or it is not known
  std::string way_round;  ///< what a program can do that is to load on both; "" where nothing general is known
  bool wanting = true;    ///< the refusing target lacks it; else the other one lacks it
};

struct Causes {
  Judgement from, to;
  bool complete = false;  ///< switching `facts` turns the verdict; false where nothing that can be switched does
  std::vector<Difference> facts;
  std::vector<Cause> causes;  ///< of them, what is wanting first; one fact may have several (types)
  size_t trials = 0;          ///< programs judged to find them
};

/// What must change in `from` for the verdict that `to` gives. Nothing is sought where both give the same. At most
/// `most_trials` programs are judged, and about `most_processed` instructions processed for it; what was found until
/// then is given, which may not be the smallest.
Causes causes_of(const loader::Object& object, const loader::ObjectProgram& program, const Target& from,
                 const Target& to, const Options& options = {}, size_t most_trials = 2000,
                 u64 most_processed = 5'000'000);

}  // namespace bpfcheck::judge
