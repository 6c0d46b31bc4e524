// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where output goes and how it looks: text or JSON, colour, files that are either whole or not there, and the line that
// says what is wrong.
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

/// Columns of the terminal that standard output is, else of $COLUMNS, else 120.
size_t output_width();
/// The locale's characters are UTF-8 (setlocale(3): LC_ALL, LC_CTYPE, LANG).
bool wants_unicode();

/// Of a command that prints text or JSON.
struct OutputOptions {
  std::string format = "text", colour = "auto";
  bool json() const { return format == "json"; }
  bool in_colour() const { return wants_colour(colour); }
};
/// --format text|json, said with `words`; --color
void declare_output(CLI::App& command, OutputOptions& opts, const char* words = "text or json");

/// Prints the error behind what has been printed so far; the exit status that goes with it.
int complain(const Error& e);

/// Writes to a temporary file beside `path` and renames it: a failure leaves what was there before. "-" is standard
/// output.
Result<void> write_whole(const std::string& path, std::string_view text);

}  // namespace bpfcheck::cli
