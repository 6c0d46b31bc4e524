// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where output goes and how it looks: colour, and files that are either whole or not there.
#pragma once

#include <string>

#include "base/result.h"

namespace CLI {
class App;
}

namespace bpfcheck::cli {

/// --color auto|always|never
void declare_colour(CLI::App& command, std::string& value);
/// auto: standard output is a terminal and NO_COLOR is not set (no-color.org).
bool wants_colour(const std::string& value);

/// Writes to a temporary file beside `path` and renames it: a failure leaves what was there before. "-" is standard output.
Result<void> write_whole(const std::string& path, std::string_view text);

}  // namespace bpfcheck::cli
