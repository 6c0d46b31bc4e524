// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A program and what a kernel said of it, as a file that a person can read: "name: value" lines, then an instruction a
// line, its four fields and immediate in front, the kernel's notation behind.
#pragma once

#include "base/result.h"
#include "differential/outcome.h"

namespace bpfcheck::differential {

struct Case {
  std::string about;  ///< the lines in front that begin with #
  Program program;
  Outcome kernel;
};

std::string write_case(const Program& p, const Outcome& kernel, const std::string& kernel_name,
                       const std::string& about = "# What this is about.\n");
Result<Case> read_case(const std::string& path);
/// "6.18.44 x86_64"
std::string running_kernel();

}  // namespace bpfcheck::differential
