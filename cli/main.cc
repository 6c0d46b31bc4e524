// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// bpfcheck: would these BPF programs load on that kernel, and if not, why?
#include <CLI/CLI.hpp>

#include "cli/check.h"

int main(int argc, char** argv) {
  using namespace bpfcheck::cli;
  CLI::App app{"bpfcheck - would these BPF programs load on that kernel, and if not, why?\nNeeds neither that kernel nor root.", "bpfcheck"};
  app.footer("Examples:\n"
             "  bpfcheck prog.bpf.o --btf target.btf     verdicts against one kernel\n"
             "  bpfcheck prog.bpf.o --btf a --btf b      the same against several\n"
             "  bpfcheck prog.bpf.o --log-level 2        the kernel's log\n\n"
             "Exit status: 0 all accepted; 1 something rejected; 2 bad usage or unreadable input; 3 inconclusive.");
  CheckOptions opts;
  auto options = [&](CLI::App* a) {
    a->add_option("FILE", opts.files, "BPF objects, or executables and libraries that embed them")->required();
    a->add_option("--btf", opts.btfs, "target: BTF, an ELF file with .BTF, a bzImage, or any of them compressed or in an archive\n(default: the running kernel)")->allow_extra_args(false);
    a->add_option("--kernel", opts.kernel, "take the target for this kernel line, e.g. 6.18");
    a->add_option("--kconfig", opts.kconfig, "kernel configuration (CONFIG_X=y lines) for kconfig externs");
    a->add_option("--prog", opts.progs, "only programs of this name")->allow_extra_args(false);
    a->add_option("--format", opts.format, "text or jsonl")->check(CLI::IsMember({"text", "jsonl"}));
    a->add_option("--log-level", opts.log_level, "print the kernel's log: 1 for the last path, 2 for all, 4 for statistics")->check(CLI::Range(0, 7));
    a->add_flag("-q,--quiet", opts.quiet, "print what is not accepted only, in one line each");
    a->add_flag("-v,--verbose", opts.verbose, "print more");
  };
  // `check` is the default command: bpfcheck FILE... is bpfcheck check FILE...
  if (argc > 1 && std::string_view(argv[1]) == "check") {
    argv[1] = argv[0];
    argc--;
    argv++;
  }
  options(&app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : bad_input;
  }
  return check(opts);
}
