// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The table for a terminal. An object's programs are a block with a heading of its own, folded as far as the width
// asks: every kernel a column; where that is too wide, kernels that answer alike side by side share one; where even
// that is, each program lists its answers with the kernels that give them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "report/causes.h"
#include "report/matrix.h"

namespace bpfcheck::report {
namespace {

constexpr size_t gap = 2;

/// Columns that it takes on a terminal: code points.
size_t columns_taken(std::string_view s) {
  return static_cast<size_t>(std::ranges::count_if(s, [](char c) { return (static_cast<u8>(c) & 0xc0) != 0x80; }));
}

std::string padded(std::string_view s, size_t width) {
  const size_t taken = columns_taken(s);
  return std::string(s) + std::string(taken < width ? width - taken : 0, ' ');
}

std::string symbol(const Cell& c, bool unicode) {
  if (!c.defect) return emblem(c.kind, unicode);
  return fmt::format("{}{}{}", emblem(c.kind, unicode), c.kind == Cell::Kind::Accept ? "!" : "", c.defect);
}

const char* colour(const Cell& c, const Palette& p) {
  switch (c.kind) {
    case Cell::Kind::Accept:
      return c.fails ? p.bad : p.good;
    case Cell::Kind::Reject:
      return c.fails ? p.bad : p.dim;
    case Cell::Kind::Unsupported:
      return p.warn;
    default:
      return p.dim;
  }
}

class Table {
 public:
  Table(const Matrix& m, const TableStyle& style) : m_(m), style_(style), p_(style.palette) {
    for (const MatrixRow& row : m.rows) name_width_ = std::max(name_width_, columns_taken(row.program) + 2 + gap);
    for (const MatrixRow& row : m.rows)
      if (const size_t taken = columns_taken(row.object) + gap; taken <= style.width / 3)
        name_width_ = std::max(name_width_, taken);
    name_width_ = std::min(name_width_, std::max<size_t>(style.width / 2, 24));
  }

  std::string text() {
    for (size_t i = 0; i < m_.rows.size();) {
      size_t end = i;
      while (end < m_.rows.size() && m_.rows[end].object == m_.rows[i].object) end++;
      block(std::span(m_.rows).subspan(i, end - i));
      i = end;
    }
    return std::move(out_);
  }

 private:
  using Rows = std::span<const MatrixRow>;

  std::string label(const ColumnRun& g) const {
    const std::string& first = m_.columns[g.first]->label;
    if (g.first == g.last) return first;
    if (g.first == 0 && g.last + 1 == m_.columns.size()) return "all";
    return fmt::format("{}{}{}", first, style_.unicode ? "–" : "-", m_.columns[g.last]->label);
  }

  size_t width_of(const ColumnRun& g, Rows rows) const {
    size_t width = columns_taken(label(g));
    for (const MatrixRow& row : rows)
      width = std::max(width, columns_taken(symbol(row.cells[g.first], style_.unicode)));
    return width + gap;
  }

  /// Every kernel by itself.
  std::vector<ColumnRun> each() const {
    std::vector<ColumnRun> out;
    for (size_t c = 0; c < m_.columns.size(); c++) out.push_back({c, c});
    return out;
  }

  bool fits(const std::vector<ColumnRun>& groups, Rows rows) const {
    size_t width = name_width_;
    for (const ColumnRun& g : groups) width += width_of(g, rows);
    return width <= style_.width + gap;
  }

  void line(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    out_ += text + '\n';
  }

  void heading(const std::string& object, const std::string& labels) {
    const bool beside = columns_taken(object) + gap <= name_width_;
    if (!beside) line(fmt::format("{}{}{}", p_.bold, object, p_.end));
    if (beside || !labels.empty())
      line(beside ? fmt::format("{}{}{}{}", p_.bold, padded(object, name_width_), p_.end, labels)
                  : std::string(name_width_, ' ') + labels);
  }

  /// A name that is too long stands on a line of its own.
  std::string name(const MatrixRow& row) {
    const std::string text = "  " + row.program;
    if (columns_taken(text) + gap <= name_width_) return padded(text, name_width_);
    line(text);
    return std::string(name_width_, ' ');
  }

  void block(Rows rows) {
    for (const auto& groups : {each(), columns_alike(m_, rows)})
      if (fits(groups, rows)) return by_column(rows, groups);
    heading(rows[0].object, "");
    for (const MatrixRow& row : rows) by_answer(row);
  }

  void by_column(Rows rows, const std::vector<ColumnRun>& groups) {
    std::string labels;
    for (const ColumnRun& g : groups) labels += padded(label(g), width_of(g, rows));
    heading(rows[0].object, labels);
    for (const MatrixRow& row : rows) {
      std::string text = name(row);
      for (const ColumnRun& g : groups) {
        const Cell& c = row.cells[g.first];
        const std::string s = symbol(c, style_.unicode);
        text +=
            fmt::format("{}{}{}{}", colour(c, p_), s, p_.end, std::string(width_of(g, rows) - columns_taken(s), ' '));
      }
      line(std::move(text));
    }
  }

  void by_answer(const MatrixRow& row) {
    std::string text = name(row);
    size_t at = name_width_;
    std::vector<bool> done(row.cells.size());
    for (size_t c = 0; c < row.cells.size(); c++) {
      if (done[c]) continue;
      std::vector<size_t> same;
      for (size_t k = c; k < row.cells.size(); k++)
        if (row.cells[k].alike(row.cells[c])) {
          same.push_back(k);
          done[k] = true;
        }
      const std::string s = symbol(row.cells[c], style_.unicode);
      const std::string kernels = kernels_text(m_, same, style_.unicode);
      const size_t width = columns_taken(s) + 1 + columns_taken(kernels);
      if (at > name_width_ && at + width > style_.width) {
        line(std::move(text));
        text = std::string(name_width_, ' ');
        at = name_width_;
      }
      const std::string pieces =
          wrapped(kernels, "", style_.width - std::min(style_.width - 20, at + columns_taken(s) + 1));
      std::string hung;
      for (char ch : std::string_view(pieces).substr(0, pieces.size() - 1))
        ch == '\n' ? hung += '\n' + std::string(at + columns_taken(s) + 1, ' ') : hung += ch;
      text += fmt::format("{}{}{} {}{}", colour(row.cells[c], p_), s, p_.end, hung, std::string(gap, ' '));
      at += width + gap;
    }
    line(std::move(text));
  }

  const Matrix& m_;
  const TableStyle& style_;
  const Palette& p_;
  size_t name_width_ = 0;
  std::string out_;
};

const char* word(const ProgramResult& r) {
  return r.kind == ProgramResult::Kind::Accept   ? "grown"
         : r.kind == ProgramResult::Kind::Reject ? "reject"
                                                 : "unsupported";
}

std::string what_happened(const ProgramResult& r) {
  if (r.kind == ProgramResult::Kind::Accept) return r.standing.words;
  std::string out = r.kind == ProgramResult::Kind::Unsupported ? "not modelled: " + r.message : bare_message(r);
  if (out.empty()) out = fmt::format("errno {}", r.errnum);
  return r.standing.words.empty() ? out : fmt::format("{}  ({})", out, r.standing.words);
}

/// What kernels say that word it otherwise than the one that was chosen.
std::string other_words(const Run& run, const Matrix& m, const Defect& d, bool unicode) {
  std::vector<std::pair<std::string, std::vector<size_t>>> said;
  const ProgramResult& example = run.results[d.example];
  if (example.kind == ProgramResult::Kind::Accept) return "";
  for (const MatrixRow& row : m.rows)
    for (size_t c : d.columns) {
      if (row.cells[c].defect != d.number) continue;
      const std::string words = bare_message(run.results[*row.cells[c].result]);
      if (words == bare_message(example) || example.stage == ProgramResult::Stage::Maps) continue;
      auto at = std::ranges::find(said, words, [](const auto& s) { return s.first; });
      if (at == said.end()) at = said.insert(at, {words, {}});
      at->second.push_back(c);
    }
  std::string out;
  for (const auto& [words, columns] : said)
    out += fmt::format("      {} on {}\n", words, kernels_text(m, columns, unicode));
  return out;
}

std::string needs_lines(const Run& run, const Matrix& m, bool unicode) {
  std::string out;
  for (const MatrixRow& row : m.rows) {
    std::vector<std::pair<std::string, std::vector<size_t>>> needs;
    for (size_t c = 0; c < row.cells.size(); c++) {
      if (!row.cells[c].result || !run.results[*row.cells[c].result].needs) continue;
      const auto& caps = *run.results[*row.cells[c].result].needs;
      const std::string words = caps.empty() ? "no capability where kernel.unprivileged_bpf_disabled is 0"
                                             : fmt::format("{}", fmt::join(caps, ", "));
      auto at = std::ranges::find(needs, words, [](const auto& n) { return n.first; });
      if (at == needs.end()) at = needs.insert(at, {words, {}});
      at->second.push_back(c);
    }
    for (const auto& [words, columns] : needs)
      out += fmt::format("needs        {} {}: {} ({})\n", row.object, row.program, words,
                         kernels_text(m, columns, unicode));
  }
  return out;
}

}  // namespace

std::string table_text(const Matrix& m, const TableStyle& style) { return Table(m, style).text(); }

std::string defects_text(const Run& run, const Matrix& m, const TableStyle& style) {
  const Palette& p = style.palette;
  std::string out;
  for (const Defect& d : m.defects) {
    if (d.columns.empty()) continue;  // a file that could not be read: standard error has said so
    const ProgramResult& r = run.results[d.example];
    const Cell cell{r.kind == ProgramResult::Kind::Accept   ? Cell::Kind::Accept
                    : r.kind == ProgramResult::Kind::Reject ? Cell::Kind::Reject
                                                            : Cell::Kind::Unsupported,
                    d.number,
                    r.fails(),
                    {}};
    out += fmt::format("{}{}{}{}  {}: {}\n", out.empty() ? "" : "\n", colour(cell, p), symbol(cell, style.unicode),
                       p.end, subject_text(run, m, d), what_happened(r));
    const std::string on = wrapped(kernels_text(m, d.columns, style.unicode), "          ", style.width);
    out += fmt::format("  {}on{}      {}", p.mark, p.end, on.substr(10));
    if (const std::string others = other_words(run, m, d, style.unicode); !others.empty())
      out += fmt::format("  {}words{}\n{}", p.mark, p.end, others);
    if (r.why && r.why->complete)
      out += fmt::format("  {}why{}     {} loads it; here it is refused\n{}", p.mark, p.end, r.compared_with,
                         causes_text(*r.why, "          "));
    if (r.diagnostic && r.fails()) out += to_text(*r.diagnostic, p);
  }
  if (!m.gaps.empty() && !out.empty()) out += '\n';
  for (const Gap& g : m.gaps)
    out += fmt::format("{}  {}: {}\n", style.unicode ? "–" : "-", m.columns[g.column]->label, g.why);
  const std::string needs = needs_lines(run, m, style.unicode);
  return out + (needs.empty() ? "" : "\n" + needs);
}

std::string defect_lines(const Run& run, const Matrix& m, const TableStyle& style) {
  std::string out;
  for (const Defect& d : m.defects) {
    const ProgramResult& r = run.results[d.example];
    if (d.columns.empty() || (!r.fails() && !r.inconclusive())) continue;
    const char* c = r.fails() ? style.palette.bad : style.palette.warn;
    out += fmt::format("{}{:<12}{} {}: {}  ({})\n", c, word(r), style.palette.end, subject_text(run, m, d),
                       what_happened(r), kernels_text(m, d.columns, style.unicode));
  }
  return out;
}

}  // namespace bpfcheck::report
