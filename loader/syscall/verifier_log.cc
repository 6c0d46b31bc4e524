// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See verifier_log.h.
#include "loader/syscall/verifier_log.h"

#include <algorithm>
#include <charconv>

namespace bpfcheck::loader::sys {
namespace {

constexpr std::string_view time_head = "verification time ", counters_head = "processed ";

bool is_time(std::string_view line) { return line.starts_with(time_head) && line.ends_with(" usec"); }
bool is_counters(std::string_view line) {
  return line.starts_with(counters_head) && line.find(" insns (limit ") != std::string_view::npos;
}

/// Takes the first line off. Some words of the verifier come without a line's end, and its statistics right behind
/// them: they count as the next line.
std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  size_t taken = std::min(line.size() + 1, text.size());
  if (!line.starts_with(';'))
    for (const std::string_view head : {time_head, counters_head})
      if (const auto at = line.rfind(head);
          at != std::string_view::npos && at > 0 && (is_time(line.substr(at)) || is_counters(line.substr(at)))) {
        line = line.substr(0, at);
        taken = at;
      }
  text.remove_prefix(taken);
  return line;
}

s64 number_after(std::string_view line, std::string_view key) {
  const auto at = line.find(key);
  s64 n = -1;
  if (at != std::string_view::npos) std::from_chars(line.data() + at + key.size(), line.data() + line.size(), n);
  return n;
}

/// The next line that does not depend on time; nothing at the end.
std::optional<std::string_view> next_line(std::string_view& text, size_t& number) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    number++;
    if (!is_time(line)) return line;
  }
  return std::nullopt;
}

}  // namespace

LogSummary summarise_log(std::string_view log) {
  LogSummary out;
  bool statistics = false;
  while (!log.empty()) {
    const std::string_view line = take_line(log);
    if (is_time(line)) out.usec = number_after(line, "verification time ");
    if (is_counters(line)) {
      out.processed = number_after(line, "processed ");
      out.states = number_after(line, "total_states ");
      out.peak = number_after(line, "peak_states ");
    }
    statistics = statistics || is_time(line) || is_counters(line);
    if (!statistics && !line.empty() && line[0] != ';') out.last_line = line;
  }
  return out;
}

std::optional<LogDifference> first_difference(std::string_view left, std::string_view right) {
  size_t at_left = 0, at_right = 0;
  while (true) {
    const auto l = next_line(left, at_left), r = next_line(right, at_right);
    if (!l && !r) return std::nullopt;
    if (l != r) return LogDifference{at_left, std::string(l.value_or("")), std::string(r.value_or(""))};
  }
}

}  // namespace bpfcheck::loader::sys
