// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The targets that a command line names: --btf FILE..., --kernel NAME, or the running kernel; and what is known of them
// beyond their BTF.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "kernel_db/target.h"

namespace CLI {
class App;
}

namespace bpfcheck::cli {

struct TargetOptions {
  std::vector<std::string> btfs, dirs, archs, targets;
  std::vector<std::string> kernels, kconfigs, kallsyms, modules;  ///< each for the --btf before it
  const CLI::App* command = nullptr;  ///< knows in which order they were given; null: each is for the only target
  std::string caps = "all";
  u32 cpus = 0;
  bool no_probe = false, strict_alignment = false, test_state_freq = false, test_reg_invariants = false;
};

/// --btf, --btf-dir, --arch, --target.
void declare_named_targets(CLI::App& command, TargetOptions& opts);
/// And all that may be said of them.
void declare_targets(CLI::App& command, TargetOptions& opts);

/// A file that was to be a target, and why it is none.
struct UnusableTarget {
  std::string path;
  Error why;
};
struct TargetSet {
  std::vector<Target> targets;
  std::vector<UnusableTarget> unusable;
};
/// Like open_targets, where one file that is no target does not hide the others. Errors: options that are wrong, and
/// the first file's where none is a target.
Result<TargetSet> open_target_set(const TargetOptions& opts);

/// In the order given; the running kernel where no --btf is. Errors name the file.
Result<std::vector<Target>> open_targets(const TargetOptions& opts);

}  // namespace bpfcheck::cli
