// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `bpfcheck check`: objects against targets.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"

namespace bpfcheck::cli {

struct CheckOptions {
  std::vector<std::string> files, btfs, progs;
  std::string kernel, format = "text", kconfig;
  u32 log_level = 0;
  bool quiet = false, verbose = false;
};

/// Exit statuses of the program.
enum Exit : int { all_accepted = 0, rejected = 1, bad_input = 2, inconclusive = 3 };

/// Prints the verdicts; returns the exit status.
int check(const CheckOptions& opts);

}  // namespace bpfcheck::cli
