// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See pasted_log.h. A prefix is taken away where most lines have it: one line that looks so may be the log's own.
#include "report/pasted_log.h"

#include <algorithm>
#include <cctype>

namespace bpfcheck::report {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }

size_t digits_at(std::string_view s, size_t at) {
  size_t n = 0;
  while (at + n < s.size() && is_digit(s[at + n])) n++;
  return n;
}

/// "Dec 01 12:00:00 host agent[12]: ": its length; 0 where there is none.
size_t service_prefix(std::string_view line) {
  constexpr size_t longest = 120;
  for (size_t open = line.find('['); open != std::string_view::npos && open < longest;
       open = line.find('[', open + 1)) {
    const size_t n = digits_at(line, open + 1);
    const size_t end = open + 1 + n;
    if (open && n && line.substr(end).starts_with("]: ")) return end + 3;
    if (open && n && line.substr(end) == "]:") return end + 2;  // of an empty line
  }
  return 0;
}

/// "[   12.345678] "
size_t time_prefix(std::string_view line) {
  if (!line.starts_with('[')) return 0;
  size_t at = 1;
  while (at < line.size() && line[at] == ' ') at++;
  const size_t seconds = digits_at(line, at);
  at += seconds;
  if (!seconds || at >= line.size() || line[at] != '.') return 0;
  at += 1 + digits_at(line, at + 1);
  return line.substr(at).starts_with("] ") ? at + 2 : 0;
}

/// "  12  ", "12 | ", "12\t": a number that no colon follows, as it does an instruction's.
size_t number_prefix(std::string_view line) {
  size_t at = std::min(line.find_first_not_of(' '), line.size());
  const size_t n = digits_at(line, at);
  at += n;
  if (!n) return 0;
  if (at == line.size()) return at;  // of an empty line
  if (line[at] != ' ' && line[at] != '\t' && line[at] != '|') return 0;
  while (at < line.size() && line[at] == ' ') at++;
  if (at < line.size() && (line[at] == '|' || line[at] == '\t')) at++;
  return at < line.size() && line[at] == ' ' ? at + 1 : at;
}

void drop_prefix(std::vector<std::string>& lines, size_t (*prefix)(std::string_view)) {
  size_t written = 0, have = 0;
  for (const std::string& line : lines) {
    written += !line.empty();
    have += !line.empty() && prefix(line) > 0;
  }
  if (have * 5 < written * 4 || !have) return;
  for (std::string& line : lines) line.erase(0, prefix(line));
}

std::string with_line_ends(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    const std::string_view two = text.substr(i, 2);
    if (two == "\\n" || two == "\\t") {
      out += two == "\\n" ? '\n' : '\t';
      i++;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> pasted_lines(std::string_view text) {
  std::string unescaped;
  if (text.contains("\\n") && std::ranges::count(text, '\n') <= 1) text = unescaped = with_line_ends(text);
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto nl = text.find('\n');
    std::string_view line = text.substr(0, nl);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(nl == std::string_view::npos ? text.size() : nl + 1);
  }
  drop_prefix(lines, service_prefix);
  drop_prefix(lines, time_prefix);
  drop_prefix(lines, number_prefix);
  return lines;
}

}  // namespace bpfcheck::report
