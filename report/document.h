// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reports as whole documents, for programs to read: JSON, SARIF 2.1.0, JUnit XML, GitHub annotations, and a page for a
// browser. Each is a function of the results.
#pragma once

#include <string>
#include <vector>

#include "kernel_db/target.h"
#include "report/hints.h"
#include "report/result.h"
#include "report/target_line.h"

namespace bpfcheck::report {

const char* tool_version();

/// An object that does not fit a target, as one of the other byte order.
struct NotJudged {
  std::string object, target, why;
};

struct Run {
  std::vector<TargetLine> targets;
  std::vector<ProgramResult> results;
  std::vector<NotJudged> not_judged;
  std::vector<Hint> advice;
  std::string root;  ///< of the repository, with a final slash: paths are given relative to it
  size_t count(ProgramResult::Kind k) const;
  size_t failing() const;
};

/// Validates against report/schema/report-1.schema.json.
std::string to_json(const Run& run);
std::string to_sarif(const Run& run);
std::string to_junit(const Run& run);
/// Workflow commands, worst first, within GitHub's limits of ten errors and ten warnings a step; what was left out is
/// counted.
std::string to_github(const Run& run);

/// The table and the defects as Markdown, for the summary of a job.
std::string to_markdown(const Run& run);

/// A page that needs nothing else; shows the steps of results that have an exploration.
std::string to_html(const Run& run);

/// A source path as reports give it: relative to the root where it lies under it, else as it is. `./a/../b.c` becomes
/// `b.c`.
std::string report_path(const Run& run, const ProgramResult& r);
std::string report_path(const Run& run, const std::string& object, const SourceLine& at);
/// "object: program" and what happened, in one line.
std::string headline(const ProgramResult& r);
/// " (simulated as 7.3)" where the target is not modelled, else "".
std::string simulated_words(const std::string& simulated_as);
const char* kind_text(ProgramResult::Kind k);
const char* stage_text(ProgramResult::Stage s);
/// Stable name of what went wrong: the message's code; "Unsupported", "LoadError", "BadObject" and "NoWords" where
/// there is none, "Grown" for a program that is accepted but has grown.
std::string rule_of(const ProgramResult& r);
/// What a rule is about, why it is refused, and what to do; all empty for a name that is no rule's.
struct RuleWords {
  std::string title, text, help;
};
RuleWords rule_words(std::string_view rule);

}  // namespace bpfcheck::report
