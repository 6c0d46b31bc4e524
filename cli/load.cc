// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// `bpfcheck load`: the pre-flight, then the real bpf() system call, then both beside each other.
#include "cli/check.h"
#include "cli/command.h"

namespace bpfcheck::cli {
namespace {

struct LoadOptions {
  CheckOptions check;
  KernelOptions kernel;
};

void declare_options(CLI::App& command, LoadOptions& opts) {
  command.add_option("FILE", opts.check.files, "BPF objects, or executables and libraries that embed them")->required();
  command.add_flag("--anyway", opts.kernel.anyway, "load also what the simulation does not accept");
  command.add_option("--pin", opts.kernel.pin,
                     "keep what was loaded: programs in this folder of a BPF file system, maps in its folder maps");
  command.add_option("--prog", opts.check.progs, "only programs of this name")->allow_extra_args(false);
  declare_reports(command, opts.check.report);
  command
      .add_option("--log-level", opts.kernel.log_level,
                  "print the kernel's log: 1 for the last path, 2 for all, 4 for statistics")
      ->check(CLI::Range(0, 7));
  command.footer(
      "Nothing is attached or run, and without --pin nothing stays in the kernel.\n"
      "Exit status: 4 where the kernel decides otherwise than was simulated.");
}

int load(const LoadOptions& opts) {
  CheckOptions check_opts = opts.check;
  check_opts.kernel = opts.kernel;
  return check(check_opts);
}

}  // namespace

void add_load(CLI::App& app, Action& action) {
  add_command<LoadOptions>(app, action, "load", "simulate, then load into the running kernel, and compare", load,
                           declare_options);
}

}  // namespace bpfcheck::cli
