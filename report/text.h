// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reports for a person at a terminal.
#pragma once

#include <string>

#include "report/diagnostic.h"

namespace bpfcheck::report {

/// Marks of emphasis; all empty without colour.
struct Palette {
  const char *bold = "", *good = "", *bad = "", *warn = "", *mark = "", *dim = "", *end = "";
};
const Palette& palette(bool colour);

/// The paragraphs of a diagnostic, indented by two; ends with a line end.
std::string to_text(const Diagnostic& d, const Palette& p);

/// `text` broken at blanks so that lines take at most `width` columns, each after `indent`.
std::string wrapped(std::string_view text, std::string_view indent, size_t width = 110);

}  // namespace bpfcheck::report
