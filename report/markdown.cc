// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// `--format markdown`: the table and the defects, for the summary of a job or a comment.
#include <fmt/format.h>

#include <algorithm>

#include "report/matrix.h"

namespace bpfcheck::report {
namespace {

/// Text that stays text in a table's cell.
std::string markdown(std::string_view s) {
  std::string out;
  for (char c : s) {
    if (std::string_view("\\`*_{}[]<>#|~&").contains(c)) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string markdown_table(const Matrix& m) {
  const auto columns = columns_alike(m, m.rows);
  std::string out = "| program |", rule = "|---|";
  for (const auto& [first, last] : columns) {
    out += fmt::format(" {}{} |", markdown(m.columns[first]->label),
                       first == last ? "" : "–" + markdown(m.columns[last]->label));
    rule += ":-:|";
  }
  out += '\n' + rule + '\n';
  std::string object;
  for (const MatrixRow& row : m.rows) {
    if (row.object != object) {
      object = row.object;
      out += fmt::format("| **{}** |\n", markdown(base_name(object)));
    }
    out += fmt::format("| {} |", markdown(row.program));
    for (const auto& [first, last] : columns) {
      const Cell& c = row.cells[first];
      out += fmt::format(" {}{} |", emblem(c.kind, true), c.defect ? fmt::format(" {}", c.defect) : "");
    }
    out += '\n';
  }
  return out;
}

}  // namespace

std::string to_markdown(const Run& run) {
  const Matrix m = matrix_of(run);
  std::string out = fmt::format("### bpfcheck: {}\n\n", markdown(conclusion(m, true)));
  if (!m.rows.empty()) out += markdown_table(m) + "\n";
  for (const Defect& d : m.defects) {
    const ProgramResult& r = run.results[d.example];
    const bool several = d.rows.size() > 1;
    out +=
        fmt::format("**{}. {}**", d.number,
                    markdown(several ? fmt::format("{}: {}", subject_text(run, m, d), bare_message(r)) : headline(r)));
    if (!d.columns.empty()) out += fmt::format(" on {}", markdown(kernels_text(m, d.columns, true)));
    if (r.kind == ProgramResult::Kind::Reject && !r.standing.words.empty())
      out += fmt::format(" ({})", markdown(r.standing.words));
    out += "\n\n";
    if (!r.diagnostic) continue;
    const Diagnostic& g = *r.diagnostic;
    if (g.at.known()) out += fmt::format("`{}:{}`: `{}`\n\n", report_path(run, r), g.at.line, trimmed(g.at.text));
    out += fmt::format("{}: {}\n\n", markdown(g.title), markdown(g.reason));
    if (!g.suggestion.empty()) out += fmt::format("What to change: {}\n\n", markdown(g.suggestion));
  }
  for (const Gap& g : m.gaps) out += fmt::format("– {}: {}\n\n", markdown(m.columns[g.column]->label), markdown(g.why));
  return out;
}

}  // namespace bpfcheck::report
