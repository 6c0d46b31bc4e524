// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See text.h.
#include "report/text.h"

#include <fmt/format.h>

namespace bpfcheck::report {
namespace {

constexpr Palette plain{};
constexpr Palette coloured{"\033[1m", "\033[32m", "\033[1;31m", "\033[33m", "\033[1;36m", "\033[2m", "\033[0m"};

std::string heading(const Palette& p, const char* words) { return fmt::format("  {}{}{}", p.mark, words, p.end); }

/// Tabs as four blanks, so that the caret stands right.
std::string expanded(std::string_view s) {
  std::string out;
  for (char c : s) c == '\t' ? out.append(4, ' ') : out.append(1, c);
  return out;
}

std::string source_text(const Diagnostic& d, const Palette& p) {
  std::string out;
  const SourceLine* before = nullptr;
  for (const SourceLine& l : d.excerpt.lines) {
    if (before && l.line > before->line + 1) out += fmt::format("    {}   ...{}\n", p.dim, p.end);
    before = &l;
    const bool here = l.line == d.at.line;
    out += fmt::format("    {}{}{:>5} |{} {}{}{}\n", here ? p.bad : p.dim, here ? ">" : " ", l.line, p.end,
                       here ? p.bold : "", expanded(l.text), here ? p.end : "");
    if (!here || d.at.column < 2 || d.at.column > l.text.size()) continue;
    const std::string lead = expanded(std::string_view(l.text).substr(0, d.at.column - 1));
    out += fmt::format("    {}       |{} {}{}^{}\n", p.dim, p.end, std::string(lead.size(), ' '), p.bad, p.end);
  }
  return out;
}

std::string place_text(const Diagnostic& d, const Palette& p) {
  if (!d.insn) return "";
  std::string out = heading(p, "at");
  if (d.at.known()) {
    out += fmt::format("      {}:{}", d.at.file, d.at.line);
    if (d.at.column) out += fmt::format(":{}", d.at.column);
    out += fmt::format(", in {}()\n{}", d.function, source_text(d, p));
  } else {
    out += fmt::format("      instruction {}, in {}() (no line info: compile with -g)\n", *d.insn, d.function);
  }
  if (d.neighbours.size() > 1) {
    out += "      instructions\n";
    for (const auto& [insn, words] : d.neighbours) {
      const bool here = insn == *d.insn;
      out += fmt::format("    {}{}{:>5}:{} {}{}{}\n", here ? p.bad : p.dim, here ? ">" : " ", insn, p.end,
                         here ? p.bold : "", words, here ? p.end : "");
    }
  } else {
    out += fmt::format("      instruction {}: {}\n", *d.insn, d.insn_words);
  }
  for (const std::string& v : d.values) out += wrapped(v, "      ");
  return out;
}

std::string path_text(const Diagnostic& d, const Palette& p) {
  if (d.path.empty()) return "";
  std::string out = heading(p, "path") + "    how it came to this, first things first\n";
  bool first = true;
  for (const PathEntry& e : d.path) {
    if (e.at.known())
      out += fmt::format("      {}{:>4}{}  {}{}{}\n", p.dim, e.at.line, p.end, p.bold, trimmed(e.at.text), p.end);
    else
      out += fmt::format("      {}instruction {}{}\n", p.dim, e.insn, p.end);
    for (const std::string& w : e.words) out += wrapped(w, "            ");
    if (first && d.path_left_out)
      out += fmt::format("            {}... {} more steps in between ...{}\n", p.dim, d.path_left_out, p.end);
    first = false;
  }
  return out;
}

}  // namespace

const Palette& palette(bool colour) { return colour ? coloured : plain; }

std::string wrapped(std::string_view text, std::string_view indent, size_t width) {
  std::string out, line;
  auto flush = [&] {
    if (!line.empty()) out += fmt::format("{}{}\n", indent, line);
    line.clear();
  };
  while (!text.empty()) {
    auto blank = text.find(' ');
    std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    if (!line.empty() && indent.size() + line.size() + 1 + word.size() > width) flush();
    if (!line.empty()) line += ' ';
    line += word;
  }
  flush();
  return out;
}

std::string to_text(const Diagnostic& d, const Palette& p) {
  std::string out = fmt::format("{}  {}{}{}{}\n", heading(p, "reason"), p.bold, d.title, p.end,
                                d.code.empty() ? "" : fmt::format("  [{}]", d.code));
  if (!d.earlier_words.empty()) out += fmt::format("      the kernel: {}\n", d.earlier_words);
  out += wrapped(d.reason, "      ");
  out += place_text(d, p);
  out += path_text(d, p);
  if (!d.suggestion.empty()) out += heading(p, "fix") + "\n" + wrapped(d.suggestion, "      ");
  return out;
}

}  // namespace bpfcheck::report
