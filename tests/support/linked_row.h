// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One linked program in a form in which ours and libbpf's compare: maps by their place in the object.
#pragma once

#include <string>
#include <vector>

#include "base/insn.h"
#include "loader/link.h"

namespace bpfcheck::test {

struct Row {
  std::string object, prog;
  u32 type = 0, attach_type = 0, attach_btf_id = 0, flags = 0;
  Insns insns;
  std::vector<std::pair<u32, u32>> funcs;  ///< instruction, type
  std::vector<std::pair<u32, u32>> lines;  ///< instruction, line << 10 | column
  bool operator==(const Row&) const = default;
};

/// Ours.
Row row_of(const std::string& object, const loader::LinkedProgram& p);

/// What differs, for people; "" where nothing does. Function and line info are compared only where `with_info`.
std::string difference(const Row& ours, const Row& libbpf, bool with_info);

std::string to_text(const Row& row);
/// The rows of a file that to_text wrote; lines that begin with # are passed over.
std::vector<Row> read_rows(const std::string& path);

}  // namespace bpfcheck::test
