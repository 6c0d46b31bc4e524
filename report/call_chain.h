// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which functions call each other in a chain, from the main program down: for rejections that are about all of a chain
// (check_max_stack_depth_subprog, kernel/bpf/verifier.c, 6.18).
#pragma once

#include <string>
#include <vector>

#include "loader/program.h"

namespace bpfcheck::report {

struct ChainLink {
  std::string function;
  u32 bytes = 0;  ///< of stack, as the function itself uses it
  s64 call = -1;  ///< the instruction by which the one before calls it; -1 for the first
};

/// The chain that uses most stack, given each function's bytes; with none given, the longest. Functions taken as
/// callbacks are called where their address is loaded. Empty where the object has no function info.
std::vector<ChainLink> heaviest_chain(const loader::LinkedProgram& prog, const std::vector<u32>& depths);

}  // namespace bpfcheck::report
