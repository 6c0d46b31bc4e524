// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reading the log that the real verifier gives (print_verification_stats: kernel/bpf/verifier.c, 6.18).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"

namespace bpfcheck::loader::sys {

struct LogSummary {
  std::string last_line;  ///< above the statistics, source lines left out: why a program was refused
  s64 processed = -1, states = -1, peak = -1, usec = -1;  ///< -1: no statistics
};
LogSummary summarise_log(std::string_view log);

/// The first line in which two logs of one program part, without what depends on time; 1-based.
struct LogDifference {
  size_t line = 0;
  std::string left, right;  ///< "" where a log has ended
};
std::optional<LogDifference> first_difference(std::string_view left, std::string_view right);

}  // namespace bpfcheck::loader::sys
