// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// `--format github`: workflow commands that GitHub Actions shows beside the lines of a pull request.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "report/matrix.h"
#include "report/values.h"

namespace bpfcheck::report {
namespace {

constexpr size_t most_a_step = 10;  ///< GitHub's own limit on annotations of one level in a step

std::string escaped(std::string_view s, bool property) {
  std::string out;
  for (char c : s) {
    if (c == '%')
      out += "%25";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else if (property && c == ':')
      out += "%3A";
    else if (property && c == ',')
      out += "%2C";
    else
      out += c;
  }
  return out;
}

std::string annotation(const Run& run, const Matrix& m, const Defect& defect) {
  const ProgramResult& r = run.results[defect.example];
  const char* level = r.fails() ? "error" : "warning";
  std::string where = "file=" + escaped(report_path(run, r), true);
  if (r.diagnostic && r.diagnostic->at.known()) {
    where += fmt::format(",line={}", r.diagnostic->at.line);
    if (r.diagnostic->at.column) where += fmt::format(",col={}", r.diagnostic->at.column);
  }
  std::string text =
      defect.rows.size() > 1 ? fmt::format("{}: {}", subject_text(run, m, defect), bare_message(r)) : headline(r);
  std::string title = r.kind == ProgramResult::Kind::Reject ? "rejected by the verifier"
                      : r.fails()                           ? "grown"
                                                            : "no verdict";
  if (r.diagnostic) {
    title = r.diagnostic->title;
    text += fmt::format("\n{}\n{}", r.diagnostic->reason, r.diagnostic->suggestion);
  }
  if (run.targets.size() > 1 && !defect.columns.empty())
    text += fmt::format("\n(on {})", kernels_text(m, defect.columns, true));
  return fmt::format("::{} {},title={}::{}\n", level, where, escaped("bpfcheck: " + title, true), escaped(text, false));
}

}  // namespace

std::string to_github(const Run& run) {
  using Kind = ProgramResult::Kind;
  const Matrix m = matrix_of(run);
  std::vector<const Defect*> worst;  // what concerns most kernels
  for (const Defect& d : m.defects) worst.push_back(&d);
  std::ranges::stable_sort(worst, std::greater{}, [](const Defect* d) { return d->columns.size(); });
  std::string out;
  size_t left_out = 0;
  for (bool errors : {true, false}) {
    size_t shown = 0;
    for (const Defect* d : worst) {
      const ProgramResult& r = run.results[d->example];
      if (errors ? !r.fails() : !r.inconclusive()) continue;
      if (shown++ < most_a_step)
        out += annotation(run, m, *d);
      else
        left_out++;
    }
  }
  size_t notices = left_out ? 1 : 0;
  for (const Hint& h : run.advice) {
    if (notices++ >= most_a_step) continue;
    std::string where = "file=" + escaped(report_path(run, h.object, h.at), true);
    if (h.at.known()) where += fmt::format(",line={}", h.at.line);
    out += fmt::format("::notice {},title={}::{}\n", where,
                       escaped(fmt::format("bpfcheck: {}", hint_title(h.rule)), true), escaped(h.line(), false));
  }
  if (left_out)
    out += fmt::format(
        "::notice title=bpfcheck::{} more not shown here: GitHub shows ten of a kind in a step; the log of the step "
        "has all\n",
        left_out);
  for (const Gap& g : m.gaps)
    out += fmt::format("::notice title=bpfcheck::{}\n",
                       escaped(fmt::format("not judged for {}: {}", m.columns[g.column]->label, g.why), false));
  std::map<std::string, size_t> tried;  // by what was tried: how many were accepted so
  for (const ProgramResult& r : run.results)
    if (!r.tried.empty() && r.kind == Kind::Accept) tried[tried_words(r)]++;
  for (const auto& [words, programs] : tried)
    out += fmt::format("::notice title=bpfcheck::{}\n", escaped(fmt::format("{} accepted {}", programs, words), false));
  for (const TargetLine& t : run.targets)
    if (!t.simulated_as.empty())
      out += fmt::format("::notice title=bpfcheck::{}\n",
                         escaped(fmt::format("{} is not modelled: simulated as {}", t.name, t.simulated_as), false));
  out += fmt::format("bpfcheck: {} accepted, {} rejected, {} not modelled\n", run.count(Kind::Accept),
                     run.count(Kind::Reject), run.count(Kind::Unsupported));
  if (run.targets.size() > 1) out += fmt::format("bpfcheck: {}\n", conclusion(m, true));
  return out;
}

}  // namespace bpfcheck::report
