// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The answer about one program against one target, as every report renders it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "judge/causes.h"
#include "judge/judge.h"
#include "report/diagnostic.h"
#include "report/exploration.h"
#include "report/kernel_answer.h"
#include "report/target_line.h"
#include "report/text.h"

namespace bpfcheck::report {

/// A judgement with all that a report may say beside it.
struct ProgramResult : judge::Judgement {
  std::string constants = {};  ///< values of global constants that differ between results: "debug=1 cpus=4"
  std::optional<Diagnostic> diagnostic = std::nullopt;  ///< where the report is to explain a refusal
  std::optional<KernelAnswer> kernel = std::nullopt;    ///< where the running kernel was to be asked
  std::shared_ptr<const judge::Causes> why = nullptr;   ///< where another kernel loads it: what makes the difference
  std::string compared_with = {};                       ///< the label of that kernel
  std::shared_ptr<const Exploration> exploration = nullptr;  ///< where the report shows the verifier's steps
  /// What an earlier report or a suppression (standing.h) makes of it.
  struct Standing {
    enum Kind : u8 { Itself, Known, Suppressed, Grown } kind = Itself;
    std::string words = {};
  } standing = {};
  /// It fails the run.
  bool fails() const {
    return standing.kind == Standing::Grown || (kind == Kind::Reject && standing.kind == Standing::Itself);
  }
  /// It leaves the run without a verdict.
  bool inconclusive() const { return kind == Kind::Unsupported && standing.kind == Standing::Itself; }
};

/// One JSON object on one line: object, prog, sec, type, stage, verdict, errno, insns, processed, states, peak, usec,
/// msg, target; and what the kernel said, where it was to be asked. `target`: null where the file could not be read.
std::string to_jsonl(const ProgramResult& r, const TargetLine* target);
/// The same for an object that does not fit a target; `object` "": for a target that cannot be used.
std::string not_judged_jsonl(const std::string& object, const TargetLine& target, const std::string& why);
/// The program's name, with the constants that it was checked with.
std::string name_of(const ProgramResult& r);
/// One line, and under it the diagnostic where there is one and the result fails the run.
std::string to_text(const ProgramResult& r, const Palette& p);

}  // namespace bpfcheck::report
