// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See targets.h.
#include "cli/targets.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "btf/source.h"

namespace bpfcheck::cli {
namespace {

constexpr const char* running_kernel = "/sys/kernel/btf/vmlinux";

/// Of the running kernel more is known than its BTF tells.
void add_running_facts(Target& target) { target.nr_cpus = static_cast<u32>(std::max(1L, sysconf(_SC_NPROCESSORS_CONF))); }

}  // namespace

void declare_targets(CLI::App& command, TargetOptions& opts) {
  command.add_option("--btf", opts.btfs, "target: BTF, an ELF file with .BTF, a bzImage, or any of them compressed or in an archive\n(default: the running kernel)")
      ->allow_extra_args(false);
  command.add_option("--kernel", opts.kernel, "take the target for this kernel line, e.g. 6.18");
}

Result<std::vector<Target>> open_targets(const TargetOptions& opts) {
  std::vector<Target> targets;
  if (opts.btfs.empty()) {
    auto btf = btf::open_running_kernel();
    if (!btf) return fail("no target", "give one with --btf FILE (" + btf.error().text() + ")", ENOENT);
    targets.push_back(make_target(*btf, opts.kernel));
    add_running_facts(targets.back());
  }
  for (const std::string& path : opts.btfs) {
    BPFCHECK_ASSIGN(auto btf, btf::open(path));
    targets.push_back(make_target(std::move(btf), opts.kernel));
    if (path == running_kernel) add_running_facts(targets.back());
  }
  return targets;
}

}  // namespace bpfcheck::cli
