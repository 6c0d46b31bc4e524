// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// bpfcheck: would these BPF programs load on that kernel, and if not, why?
#include <algorithm>
#include <string>
#include <vector>

#include "cli/command.h"
#include "report/document.h"

namespace {

using namespace bpfcheck::cli;

constexpr AddCommand commands[] = {
    add_check,  add_why,   add_btf,      add_explain, add_relocs,   add_load,
    add_xlated, add_jited, add_features, add_probe,   add_generate,
};

/// `check` is the default command: bpfcheck FILE... is bpfcheck check FILE...
std::vector<std::string> arguments(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  auto names_command = [&](const std::string& arg) {
    return std::ranges::any_of(app.get_subcommands(nullptr), [&](const CLI::App* c) { return c->get_name() == arg; });
  };
  const bool of_the_program = args.empty() || args[0] == "-h" || args[0] == "--help" || args[0] == "--version";
  if (!of_the_program && !names_command(args[0])) args.insert(args.begin(), "check");
  std::ranges::reverse(args);  // as CLI11 wants them
  return args;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr const char* statuses =
      "Exit status: 0 all accepted; 1 something rejected; 2 bad usage or unreadable input; 3 inconclusive; 4 the "
      "kernel disagreed.";
  CLI::App app{
      "bpfcheck - would these BPF programs load on that kernel, and if not, why?\nNeeds neither that kernel nor root.",
      "bpfcheck"};
  app.footer(
      "`check` is the default: bpfcheck FILE... is bpfcheck check FILE...\n"
      "Each command's own options: bpfcheck COMMAND --help\n\n"
      "Examples:\n"
      "  bpfcheck prog.bpf.o --btf target.btf     verdicts against one kernel\n"
      "  bpfcheck prog.bpf.o --btf a --btf b      the same against several\n"
      "  bpfcheck prog.bpf.o --log-level 2        the kernel's log\n"
      "  bpfcheck load prog.bpf.o                 the same, then the running kernel, and both compared\n\n" +
      std::string(statuses));
  app.set_version_flag("--version", std::string("bpfcheck ") + bpfcheck::report::tool_version());
  app.require_subcommand(1);
  Action action;
  for (AddCommand add : commands) add(app, action);
  for (CLI::App* command : app.get_subcommands(nullptr))
    if (command->get_footer() == app.get_footer())
      command->footer(command->get_name() == "check" ? statuses : "");  // inherited, and not theirs
  try {
    app.parse(arguments(app, argc, argv));
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : bad_input;
  }
  return action();
}
