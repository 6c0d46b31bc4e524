// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where results go: one report or several in a run, each to standard output or to a file that is written whole at the
// end.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "report/document.h"

namespace CLI {
class App;
}

namespace bpfcheck::cli {

struct ReportOptions {
  std::vector<std::string> formats;  ///< NAME or NAME=FILE
  std::string output, colour = "auto";
  bool quiet = false, summary = false;
};

void declare_reports(CLI::App& command, ReportOptions& opts);

class Reports {
 public:
  /// Errors: a format that is none, two reports for standard output.
  static Result<Reports> make(const ReportOptions& opts, std::vector<report::TargetLine> targets);

  bool explains() const { return explains_; }  ///< some report shows diagnostics
  /// Some report shows one for each result; others, one for each defect.
  bool explains_each() const { return explains_each_; }
  /// Some report shows what makes kernels judge a program differently.
  bool compares() const { return tabular_ && keeps_ && (!quiet_ || summary_); }
  bool traces() const { return traces_; }  ///< some report shows the verifier's steps
  bool text_on_stdout() const { return text_on_stdout_; }
  /// Lines before the results, in text reports: printed with what follows them, so that a run without any prints none.
  void announce(std::string_view text) { announced_ += text; }
  /// Lines between and after the results, and the kernel's log: in text reports only.
  void remark(std::string_view text);
  void add(report::ProgramResult&& r);
  /// An object that does not fit a target.
  void leave_out(report::NotJudged&& n);
  void advise(std::vector<report::Hint>&& hints);
  /// Behind the results, in text reports: the table where there is one, advice, `notes`, the counts and how it stands.
  void conclude(const std::string& notes, bool with_failing);
  /// Writes what is not written yet; the first error that writing met, if any.
  Result<void> finish();
  size_t count(report::ProgramResult::Kind k) const { return counts_[static_cast<size_t>(k)]; }
  size_t failing() const { return failing_; }
  /// A line that stands in a quiet text report, too.
  void insist(std::string_view text);
  size_t inconclusive() const { return inconclusive_; }
  size_t judged() const { return judged_; }  ///< results but for files that could not be read

 private:
  struct Sink {
    std::string format, file;
    std::string buffer;  ///< of a line format with a file
  };
  void put(Sink& sink, std::string_view text);
  const report::TargetLine* target_of(const std::string& name) const;
  const report::Palette& palette_of(const Sink& sink) const;
  std::string advice() const;  ///< a line each
  std::vector<Sink> sinks_;
  report::Run run_;
  std::string colour_, announced_;
  bool quiet_ = false, summary_ = false, tabular_ = false, explains_ = false, explains_each_ = false, traces_ = false,
       keeps_ = false, text_on_stdout_ = false;
  size_t counts_[3] = {}, failing_ = 0, inconclusive_ = 0, judged_ = 0;
};

}  // namespace bpfcheck::cli
