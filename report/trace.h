// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The path on which the verifier ended, with the state before each instruction: what a diagnostic and the HTML stepper
// are made of. It costs two more simulations, with observers: one finds the path among all that were explored, the
// other copies the states along it.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "verifier_sim/env.h"

namespace bpfcheck::report {

using Slots = sim::StackSlots;

/// An instruction about to be simulated.
struct Step {
  u32 insn = 0;
  u32 frame = 0;                            ///< depth of calls: 0 in the main program
  std::array<sim::Reg, bpf::MAX_REG> regs;  ///< of the current frame
  std::shared_ptr<const Slots> stack;       ///< of the current frame; shared by neighbours where nothing changed
};

struct Trace {
  std::vector<Step> steps;                      ///< the last is the instruction that failed, or that before it
  size_t left_out = 0;                          ///< earlier steps that were not kept
  std::vector<std::pair<Msg, Operands>> notes;  ///< the last words, in order, the rejection's own among them
  std::vector<std::shared_ptr<sim::Map>> maps;  ///< what states point to
  std::vector<u32> visits;                      ///< by instruction: how often it was simulated, on all paths together
  sim::Verdict verdict;
  Wording wording;  ///< of the target

  bool empty() const { return steps.empty(); }
  const Step& last() const { return steps.back(); }
};

bool same_reg(const sim::Reg& a, const sim::Reg& b);

inline constexpr size_t longest_path = 4096;
/// The path to the end of the simulation of a program, at most `limit` steps of it.
Trace trace_path(const loader::LinkedProgram& prog, const Target& target, size_t limit = longest_path);

}  // namespace bpfcheck::report
