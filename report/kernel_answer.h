// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the running kernel said of a program, beside what was simulated.
#pragma once

#include <optional>
#include <string>

#include "loader/syscall/verifier_log.h"
#include "report/text.h"

namespace bpfcheck::report {

struct KernelAnswer {
  enum class Verdict : u8 { NotAsked, Accept, Reject } verdict = Verdict::NotAsked;
  std::string why_not;    ///< NotAsked
  bool verified = false;  ///< the verifier answered; else refused before: maps, attach target
  int errnum = 0;
  std::string message;
  loader::sys::LogSummary log;
  bool differs = false;                                        ///< accepted by one, refused by the other
  bool other_words = false;                                    ///< refused by both, with other words or another errno
  std::optional<loader::sys::LogDifference> first_difference;  ///< left: ours, right: the kernel's; at log level 2
};

const char* verdict_text(KernelAnswer::Verdict v);
/// The lines under a program's own; `ours`: what was simulated, in one line.
std::string to_text(const KernelAnswer& k, const std::string& ours, const Palette& p);

}  // namespace bpfcheck::report
