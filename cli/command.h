// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What every command of the program shares: how it is added to the command line, and the exit statuses.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace bpfcheck::cli {

/// Exit statuses of the program.
enum Exit : int { all_accepted = 0, rejected = 1, bad_input = 2, inconclusive = 3, kernel_disagrees = 4 };

/// What is to run once the command line has been read; returns the exit status.
using Action = std::function<int()>;

/// Each adds one subcommand with its options; when that one is given, it sets `action`.
using AddCommand = void (*)(CLI::App& app, Action& action);

void add_check(CLI::App& app, Action& action);
void add_btf(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_relocs(CLI::App& app, Action& action);
void add_load(CLI::App& app, Action& action);
void add_xlated(CLI::App& app, Action& action);
void add_jited(CLI::App& app, Action& action);
void add_features(CLI::App& app, Action& action);
void add_probe(CLI::App& app, Action& action);
void add_generate(CLI::App& app, Action& action);
void add_why(CLI::App& app, Action& action);

/// Makes a subcommand whose options live in an Options that `run` gets when the command is given.
template <class Options>
CLI::App* add_command(CLI::App& app, Action& action, const char* name, const char* description,
                      int (*run)(const Options&), void (*declare)(CLI::App& command, Options& opts)) {
  CLI::App* command = app.add_subcommand(name, description);
  auto opts = std::make_shared<Options>();
  declare(*command, *opts);
  command->callback([&action, opts, run] { action = [opts, run] { return run(*opts); }; });
  return command;
}

}  // namespace bpfcheck::cli
