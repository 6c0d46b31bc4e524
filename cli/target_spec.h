// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which targets a command line means, before any is opened: --btf with what stands behind it, --target, --btf-dir.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "kernel_db/target.h"

namespace bpfcheck::cli {

struct TargetOptions;

/// A target as it is named, with what is said of it besides; "" and 0 where nothing is.
struct TargetSpec {
  std::string btf = {};
  std::string name = {};    ///< as reports call it
  std::string kernel = {};  ///< line or release
  std::string kconfig = {}, kallsyms = {}, caps = {};
  std::vector<std::string> modules = {};
  u32 cpus = 0;
  bool from_dir = false;
};

/// In the order given. Empty: the running kernel, with what is said of it in `all`. Errors: a fact that would apply to
/// several targets, a folder without BTF, a malformed --target.
Result<std::vector<TargetSpec>> target_specs(const TargetOptions& opts);

/// What --arch names; what it may name.
std::vector<Arch> archs_of(const std::vector<std::string>& words);
std::vector<std::string> arch_names();

}  // namespace bpfcheck::cli
