// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// From instructions back to source lines: by the program's line info, with neighbours from the file itself where it can
// be found and from the line info where it cannot.
#pragma once

#include <string>
#include <vector>

#include "loader/program.h"

namespace bpfcheck::report {

struct SourceLine {
  std::string file;  ///< as the compiler was given it
  u32 line = 0, column = 0;
  std::string text;  ///< indentation as in the source
  bool known() const { return line != 0; }
};

/// The source line of an instruction; unknown where the object has no line info.
SourceLine source_of(const loader::LinkedProgram& prog, u32 insn);

/// The line begins inline assembly: all its instructions have this one line.
bool is_asm_line(const SourceLine& line);

/// The line with up to `context` lines before and after it, ascending, each with its number. From the file where it can
/// be read (from the working directory, or beside the object) and still holds that line; else what line info has of
/// them.
struct Excerpt {
  std::vector<SourceLine> lines;
  bool from_file = false;
};
Excerpt excerpt_of(const loader::LinkedProgram& prog, const std::string& object_path, const SourceLine& at,
                   u32 context);

/// Name of the function that holds an instruction; the program's own where BTF does not tell.
std::string function_of(const loader::LinkedProgram& prog, u32 insn);

std::string trimmed(std::string_view s);
std::string base_name(std::string_view path);

}  // namespace bpfcheck::report
