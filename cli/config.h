// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// bpfcheck.toml: the options of `bpfcheck check` in a file, found from the working directory upwards. Every key is an
// option's long name and the other way round; what the command line gives wins over the file.
#pragma once

#include <string>

#include "base/result.h"

namespace CLI {
class App;
}

namespace bpfcheck::cli {

/// Reads the configuration into the options of `command` that the command line left alone. `named`: this file; "": the
/// nearest bpfcheck.toml, if there is one. Paths in it count from its own folder. Returns the file's path, "" where
/// there is none. Errors name file and line: no TOML, an unknown key, a value that the option does not take, a pattern
/// that no file matches.
Result<std::string> read_config(CLI::App& command, const std::string& named);

}  // namespace bpfcheck::cli
