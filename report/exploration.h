// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The whole course of the verifier through a program, in its own order: each instruction simulated, what changed in
// registers and stack, where branches were put aside and resumed, where a path was pruned. What the HTML report steps
// through.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kernel_db/target.h"
#include "loader/program.h"
#include "report/source.h"

namespace bpfcheck::report {

/// A value that a register or stack slot takes: in the kernel's notation, and in words.
struct ValueText {
  std::string notation, words;
};
/// `place`: a register 0..10, or 11 + i for the stack slot at r10-8*(i+1). `value`: index in Exploration::values, 0 for
/// none.
struct Change {
  u8 place = 0;
  u32 value = 0;
};

struct ExploredStep {
  enum Flag : u8 {
    Resumed = 1,  ///< a branch that was put aside is resumed here
    OnPath = 2,   ///< on the path to the refusal
    Fork = 4,     ///< another branch was put aside
    Pruned = 8,   ///< the path ends after it: the next state is one that passed before
    Ends = 16,    ///< the path ends with it, and is fine
    Enter = 32,   ///< a main program or global function begins
  };
  static constexpr u32 nowhere = ~0u;
  u32 insn = 0;
  u32 before = nowhere;  ///< index of the step before it on its path
  u8 frame = 0, flags = 0;
  u32 changes = 0;  ///< number of Exploration::changes that are its own: against the step recorded before it
};

struct Exploration {
  std::vector<ExploredStep> steps;                   ///< states are those before the instruction
  std::vector<Change> changes;                       ///< of all steps, in order
  std::vector<ValueText> values;                     ///< the first stands for "nothing known"
  std::vector<std::pair<u32, std::string>> remarks;  ///< step, the verifier's words there
  u64 total = 0;                                     ///< instructions simulated; the last of them are in `steps`
  std::vector<u32> visits;                           ///< by instruction
  // The program's listing.
  struct Line {
    std::string text, function;
    int source = -1;
  };
  std::vector<Line> code;
  std::vector<SourceLine> source;  ///< by file and line
  std::vector<bool> has_code;      ///< by source line
};

/// Simulates the program twice; keeps the last `limit` steps.
Exploration explore(const loader::LinkedProgram& prog, const Target& target, const std::string& object_path,
                    size_t limit);

}  // namespace bpfcheck::report
