// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a verifier says of a program, a kernel's or ours, and where two of them differ.
#pragma once

#include <string>

#include "differential/program.h"
#include "kernel_db/target.h"

namespace bpfcheck::differential {

struct Outcome {
  enum class Kind : u8 { accept, reject, no_answer } kind = Kind::no_answer;
  int errnum = 0;
  std::string message;           ///< a rejection's words; what is missing, where there is no answer
  bool before_verifier = false;  ///< refused by the system call alone; told by the simulation only
  s64 processed = 0, states = 0, peak = 0;
  std::string log;  ///< the whole log at level 2, where it was asked for
};

/// The simulation's answer.
Outcome simulate(const Program& p, const Target& target, bool with_log);

/// Reads processed, states, peak and the last words out of a kernel's log.
void read_log(Outcome& o, std::string_view log);

/// "verdict", "errno", "message", "processed", "states", "log": the first figure in which they differ; "" where they
/// agree or one has no answer.
std::string_view difference(const Outcome& kernel, const Outcome& ours);

/// The place of the first difference of two logs, a few lines of both.
std::string compare_logs(const std::string& kernel, const std::string& ours);

/// "reject EACCES, 12 processed, 1 state: R1 invalid mem access"
std::string describe(const Outcome& o);

}  // namespace bpfcheck::differential
