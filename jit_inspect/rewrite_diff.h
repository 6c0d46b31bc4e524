// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the verifier made of the loaded program: instructions that it removed and added, why, and which helpers it
// inlined.
#pragma once

#include <string>
#include <vector>

#include "jit_inspect/dump.h"

namespace bpfcheck::jit {

enum class RewriteKind : u8 {
  DeadCode,
  Context,
  InlinedHelper,
  DirectCall,
  ZeroExtension,
  SpeculationBarrier,
  Guard,
  Other
};
const char* rewrite_text(RewriteKind k);

struct DiffLine {
  char sign = ' ';               ///< ' ' in both, '-' loaded only, '+' translated only
  s32 loaded = -1, xlated = -1;  ///< index of the instruction; -1: not there
  std::string text;
};

/// Neighbouring lines that are in one of the two only.
struct Change {
  RewriteKind kind = RewriteKind::Other;
  size_t begin = 0, end = 0;  ///< in RewriteDiff::lines
};

struct HelperFate {
  std::string helper;  ///< "bpf_map_lookup_elem"
  u32 insn = 0;        ///< loaded instruction
  enum class Fate : u8 { Called, Inlined, Direct, Removed } fate = Fate::Called;
  std::string by;  ///< Direct: the function that is called in its place
};
const char* fate_text(HelperFate::Fate f);

struct RewriteDiff {
  std::vector<DiffLine> lines;
  std::vector<Change> changes;
  std::vector<HelperFate> helpers;  ///< every call of a helper in the loaded program
};

/// Errors: the loaded program is not known, or the translated one is hidden.
Result<RewriteDiff> diff_rewrite(const ProgramDump& dump);

}  // namespace bpfcheck::jit
