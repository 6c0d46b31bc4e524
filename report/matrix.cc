// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See matrix.h.
#include "report/matrix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "report/causes.h"

namespace bpfcheck::report {
namespace {

using ResultKind = ProgramResult::Kind;

Cell::Kind cell_kind(ResultKind k) {
  return k == ResultKind::Accept   ? Cell::Kind::Accept
         : k == ResultKind::Reject ? Cell::Kind::Reject
                                   : Cell::Kind::Unsupported;
}

/// Puts results into rows and columns, in the order of results.
class Sorter {
 public:
  Sorter(const Run& run, Matrix& m) : run_(run), m_(m) {
    for (const TargetLine& t : run.targets) m.columns.push_back(&t);
    std::ranges::stable_sort(m.columns, [](const TargetLine* a, const TargetLine* b) { return a->before(*b); });
    for (size_t c = 0; c < m.columns.size(); c++) column_.emplace(m.columns[c]->name, c);
  }

  void add(size_t index) {
    const ProgramResult& r = run_.results[index];
    const auto column = column_.find(r.target);
    if (column == column_.end()) {
      if (r.stage == ProgramResult::Stage::Open) m_.defects.push_back({0, index, {}, {}});
      return;
    }
    MatrixRow& row = row_of(r, column->second);
    Cell& cell = row.cells[column->second];
    cell = {cell_kind(r.kind), 0, r.fails(), index};
    if (const std::string key = defect_key(r); !key.empty())
      cell.defect = defect_of(static_cast<size_t>(&row - m_.rows.data()), key, column->second, index);
  }

  void finish() {
    for (size_t i = 0; Defect & d : m_.defects) {
      d.number = ++i;
      std::ranges::sort(d.columns);
    }
    for (MatrixRow& row : m_.rows)
      for (size_t c = 0; c < row.cells.size(); c++)
        if (row.cells[c].defect) pick_example(m_.defects[row.cells[c].defect - 1], *row.cells[c].result);
    for (size_t c = 0; c < m_.columns.size(); c++)
      if (!m_.columns[c]->unusable.empty()) m_.gaps.push_back({c, m_.columns[c]->unusable});
    for (const NotJudged& n : run_.not_judged)
      if (auto column = column_.find(n.target); column != column_.end()) m_.gaps.push_back({column->second, n.why});
  }

 private:
  /// A program that was judged twice for a target, because its file was named twice, has two rows.
  MatrixRow& row_of(const ProgramResult& r, size_t column) {
    const auto key = std::pair(r.object, name_of(r));
    auto at = row_.find(key);
    if (at == row_.end() || m_.rows[at->second].cells[column].result) {
      at = row_.insert_or_assign(key, m_.rows.size()).first;
      m_.rows.push_back({r.object, key.second, std::vector<Cell>(m_.columns.size())});
    }
    return m_.rows[at->second];
  }

  /// What is refused before the verifier is asked is the object's, whichever program comes up against it.
  size_t defect_of(size_t row, const std::string& key, size_t column, size_t index) {
    const ProgramResult& r = run_.results[index];
    const std::string of = r.stage == ProgramResult::Stage::Maps ? r.object + '\n' + r.constants : std::to_string(row);
    const auto [at, fresh] = defect_.try_emplace({of, key}, m_.defects.size());
    if (fresh) m_.defects.push_back({0, index, {}, {}});
    Defect& d = m_.defects[at->second];
    if (std::ranges::find(d.columns, column) == d.columns.end()) d.columns.push_back(column);
    if (d.rows.empty() || d.rows.back() != row) d.rows.push_back(row);
    return at->second + 1;
  }

  /// Called from the oldest kernel to the newest: the newest that was explained.
  void pick_example(Defect& d, size_t index) {
    auto told = [&](size_t i) { return run_.results[i].why || run_.results[i].diagnostic; };
    if (told(index) || !told(d.example)) d.example = index;
  }

  const Run& run_;
  Matrix& m_;
  std::map<std::string, size_t> column_;
  std::map<std::pair<std::string, std::string>, size_t> row_;
  std::map<std::pair<std::string, std::string>, size_t> defect_;
};

std::string shortened(std::vector<std::string> names, size_t most = 4) {
  const size_t all = names.size();
  if (all > most) names.resize(most - 1);
  const std::string more = all > most ? fmt::format(" and {} more", all - names.size()) : "";
  return fmt::format("{}{}", fmt::join(names, ", "), more);
}

/// Type ids are each kernel's own.
std::string without_type_ids(const std::string& words) {
  std::string out;
  for (size_t i = 0; i < words.size(); i++) {
    out += words[i];
    if (words[i] == '[')
      while (i + 1 < words.size() && words[i + 1] >= '0' && words[i + 1] <= '9') i++;
  }
  return out;
}

}  // namespace

std::string bare_message(const ProgramResult& r) {
  std::string out = r.message;
  for (const std::string& prefix : {r.object + ": ", fmt::format("prog '{}': ", r.prog)})
    if (out.starts_with(prefix)) out.erase(0, prefix.size());
  return out;
}

std::string defect_key(const ProgramResult& r) {
  if (r.kind == ResultKind::Accept && !r.fails()) return "";
  const bool by_words =
      r.stage != ProgramResult::Stage::Verify || r.kind != ResultKind::Reject || r.verdict.reject.code == Msg::None;
  const std::string what = r.kind == ResultKind::Accept ? ""
                           : by_words                   ? without_type_ids(bare_message(r))
                                                        : fmt::format("{}", r.verdict.insn);
  return fmt::format("{}\n{}\n{}\n{}", rule_of(r), what, static_cast<int>(r.standing.kind),
                     r.kind == ResultKind::Accept ? "" : r.standing.words);
}

std::vector<ColumnRun> columns_alike(const Matrix& m, std::span<const MatrixRow> rows) {
  std::vector<ColumnRun> out;
  for (size_t c = 0; c < m.columns.size(); c++) {
    auto same = [c](const MatrixRow& row) { return row.cells[c].alike(row.cells[c - 1]); };
    if (!out.empty() && std::ranges::all_of(rows, same))
      out.back().last = c;
    else
      out.push_back({c, c});
  }
  return out;
}

const char* emblem(Cell::Kind kind, bool unicode) {
  switch (kind) {
    case Cell::Kind::Accept:
      return unicode ? "✓" : "ok";
    case Cell::Kind::Reject:
      return unicode ? "✗" : "x";
    case Cell::Kind::Unsupported:
      return "?";
    default:
      return unicode ? "–" : "-";
  }
}

Matrix matrix_of(const Run& run) {
  Matrix m;
  m.run = &run;
  Sorter sorter(run, m);
  for (size_t i = 0; i < run.results.size(); i++) sorter.add(i);
  sorter.finish();
  return m;
}

std::string kernels_text(const Matrix& m, std::span<const size_t> columns, bool unicode) {
  if (columns.size() == m.columns.size() && columns.size() > 1) return "all";
  std::vector<std::string> runs;
  for (size_t i = 0; i < columns.size();) {
    size_t end = i + 1;
    while (end < columns.size() && columns[end] == columns[end - 1] + 1) end++;
    const std::string &first = m.columns[columns[i]]->label, &last = m.columns[columns[end - 1]]->label;
    if (end - i > 2)
      runs.push_back(fmt::format("{}{}{}", first, unicode ? "–" : "-", last));
    else
      for (; i < end; i++) runs.push_back(m.columns[columns[i]]->label);
    i = end;
  }
  return fmt::format("{}", fmt::join(runs, ", "));
}

std::string subject_text(const Run& run, const Matrix& m, const Defect& d) {
  const ProgramResult& r = run.results[d.example];
  if (d.rows.size() < 2) return fmt::format("{} {}", r.object, name_of(r));
  std::vector<std::string> names;
  for (size_t row : d.rows) names.push_back(m.rows[row].program);
  return fmt::format("{} {} programs ({})", r.object, names.size(), shortened(std::move(names)));
}

namespace {

/// Of some rows: the kernels that were asked about any, and those of them that do not load all.
struct Loading {
  std::vector<size_t> judged, failing;
};
Loading loading_of(const Matrix& m, std::span<const MatrixRow* const> rows) {
  Loading l;
  for (size_t c = 0; c < m.columns.size(); c++) {
    auto is = [&](Cell::Kind k) { return [&, k](const MatrixRow* row) { return row->cells[c].kind == k; }; };
    if (std::ranges::all_of(rows, is(Cell::Kind::NotJudged))) continue;
    l.judged.push_back(c);
    if (std::ranges::any_of(rows, is(Cell::Kind::Reject)) || std::ranges::any_of(rows, is(Cell::Kind::Unsupported)))
      l.failing.push_back(c);
  }
  return l;
}

/// "; 5.10–5.15 lack bpf_loop (5.17)", as far as it was looked for.
std::string wants_of(const Matrix& m, bool unicode) {
  constexpr size_t most = 3;
  std::vector<std::pair<std::string, std::set<size_t>>> wants;
  for (const Defect& d : m.defects) {
    const ProgramResult& r = m.run->results[d.example];
    if (!r.why || !r.why->complete || !std::ranges::all_of(r.why->causes, &judge::Cause::wanting)) continue;
    const std::string line = causes_line(*r.why);
    auto at = std::ranges::find(wants, line, [](const auto& w) { return w.first; });
    if (at == wants.end()) at = wants.insert(at, {line, {}});
    at->second.insert(d.columns.begin(), d.columns.end());
  }
  std::string out;
  for (size_t i = 0; i < wants.size() && i < most; i++) {
    const std::vector<size_t> columns(wants[i].second.begin(), wants[i].second.end());
    out += fmt::format("; {} lack{} {}", kernels_text(m, columns, unicode), columns.size() == 1 ? "s" : "",
                       wants[i].first);
  }
  return wants.size() > most ? out + fmt::format("; and {} more", wants.size() - most) : out;
}

std::string conclusion_of_one(const Matrix& m, std::span<const MatrixRow* const> rows, bool unicode) {
  const Loading l = loading_of(m, rows);
  std::vector<std::string> programs;
  for (const MatrixRow* row : rows) {
    std::vector<size_t> where;
    for (size_t c : l.failing)
      if (row->cells[c].kind == Cell::Kind::Reject || row->cells[c].kind == Cell::Kind::Unsupported) where.push_back(c);
    if (where.empty()) continue;
    const bool everywhere = where.size() == l.failing.size();
    programs.push_back(everywhere ? row->program
                                  : fmt::format("{} ({})", row->program, kernels_text(m, where, unicode)));
  }
  std::string out = fmt::format("{} loads on {} of {} kernel{}", base_name(rows[0]->object),
                                l.judged.size() - l.failing.size(), l.judged.size(), l.judged.size() == 1 ? "" : "s");
  if (!l.failing.empty())
    out += fmt::format("; not on {}, for {}",
                       l.failing.size() == l.judged.size() ? "any" : kernels_text(m, l.failing, unicode),
                       shortened(programs));
  out += wants_of(m, unicode);
  if (l.judged.size() < m.columns.size()) out += fmt::format("; not judged: {}", m.columns.size() - l.judged.size());
  return out;
}

}  // namespace

std::string conclusion(const Matrix& m, bool unicode) {
  std::map<std::string, std::vector<const MatrixRow*>> objects;
  for (const MatrixRow& row : m.rows) objects[row.object].push_back(&row);
  if (objects.empty()) return "nothing was judged";
  if (objects.size() == 1) return conclusion_of_one(m, objects.begin()->second, unicode);
  size_t everywhere = 0, nowhere = 0;
  for (const auto& [object, rows] : objects) {
    const Loading l = loading_of(m, rows);
    everywhere += l.failing.empty();
    nowhere += l.failing.size() == l.judged.size();
  }
  return fmt::format("of {} objects {} load on every one of {} kernels, {} on some, {} on none", objects.size(),
                     everywhere, m.columns.size(), objects.size() - everywhere - nowhere, nowhere);
}

}  // namespace bpfcheck::report
