// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `bpfcheck check`: objects against targets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/types.h"
#include "cli/constants.h"
#include "cli/kernel_asker.h"
#include "cli/reports.h"
#include "cli/standing.h"
#include "cli/targets.h"

namespace bpfcheck::cli {

struct CheckOptions {
  std::vector<std::string> files, progs;
  TargetOptions target;
  ReportOptions report;
  std::string log_dir;
  bool legacy_maps = false;
  u32 log_level = 0;
  bool sleepable = false, xdp_frags = false, needed_caps = false;
  bool compare_kernel = false, strict_kernel = false;
  std::optional<KernelOptions> kernel;  ///< the running kernel is asked, too
  std::string config;
  bool no_config = false;
  std::string config_read;  ///< the configuration that was
  ConstantOptions constants;
  StandingOptions standing;
  bool no_advice = false, no_why = false;
  size_t trace_steps = 100000;  ///< in an html report: the most of one program
};

/// Prints the verdicts; returns the exit status.
int check(const CheckOptions& opts);

}  // namespace bpfcheck::cli
