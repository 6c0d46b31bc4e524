// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See explain.h. A log is read from its end: the last line that refuses says why, the lines before it where.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "report/explain.h"
#include "report/pasted_log.h"
#include "report/source.h"

namespace bpfcheck::report {
namespace {

/// "12: (07) r1 += 4", perhaps after blanks.
bool is_instruction(std::string_view line) {
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  size_t digits = 0;
  while (digits < line.size() && std::isdigit(static_cast<unsigned char>(line[digits]))) digits++;
  return digits && line.substr(digits).starts_with(": (");
}

bool is_source(std::string_view line) { return line.starts_with("; "); }

/// "12: R0=..." and "from 4 to 7: R0=...": states, not words.
bool is_state(std::string_view line) {
  auto colon = line.find(": ");
  return colon != std::string_view::npos &&
         (line.substr(colon + 2).starts_with("R") || line.substr(colon + 2).starts_with("frame")) &&
         line.contains('=') && !is_instruction(line);
}

bool is_statistics(std::string_view line) {
  for (std::string_view s : {"processed ", "verification time", "stack depth", "-- END", "libbpf: failed",
                             "libbpf: prog", "-- BEGIN", "peak_states", "mark_precise", "last_idx", "regs="})
    if (line.starts_with(s)) return true;
  return false;
}

/// The value that a log shows last for a register: "pkt(r=0)" of "R1_w=pkt(r=0)".
std::string_view last_value(const std::vector<std::string>& lines, size_t end, std::string_view reg) {
  while (end-- > 0) {
    std::string_view line = lines[end];
    for (size_t at = line.rfind(reg); at != std::string_view::npos;
         at = at ? line.rfind(reg, at - 1) : std::string_view::npos) {
      size_t eq = at + reg.size();
      while (eq < line.size() && (line[eq] == '_' || std::islower(static_cast<unsigned char>(line[eq]))))
        eq++;  // R1_rw=
      if ((at && line[at - 1] != ' ') || eq >= line.size() || line[eq] != '=') continue;
      size_t stop = ++eq;
      for (int depth = 0; stop < line.size() && (depth > 0 || line[stop] != ' '); stop++)
        depth += line[stop] == '(' ? 1 : line[stop] == ')' ? -1 : 0;
      return line.substr(eq, stop - eq);
    }
  }
  return "";
}

/// What the log shows of the place before the line at `end`.
std::string place_in_log(const std::vector<std::string>& lines, size_t end, const Recognised& r, const Palette& p) {
  std::string_view insn, source;
  for (size_t i = end; i-- > 0 && (insn.empty() || source.empty());) {
    if (insn.empty() && is_instruction(lines[i]))
      insn = lines[i];
    else if (source.empty() && is_source(lines[i]))
      source = lines[i];
  }
  std::string out;
  if (!source.empty()) out += fmt::format("  source line  {}\n", source.substr(2));
  if (!insn.empty()) out += fmt::format("  instruction  {}\n", insn);
  if (const auto regno = number_operand(r.code, r.operands, "regno")) {
    const std::string reg = fmt::format("R{}", *regno);
    if (auto value = last_value(lines, end, reg); !value.empty())
      out += fmt::format("  {:<11}  {}\n", reg + " there", value);
  }
  return out.empty() ? "" : fmt::format("\n{}Where, by the log{}\n{}", p.mark, p.end, out);
}

/// What one line refuses; nothing where it refuses nothing.
std::optional<std::string> explain_refusal(const std::vector<std::string>& lines, size_t i, const Palette& p) {
  if (auto words = explain_loader_words(lines[i], p)) return *words + place_in_log(lines, i, {}, p);
  auto r = recognise(lines[i]);
  if (!r || r->topic() == Topic::None_ || r->code == Msg::ValidatingFunc) return {};
  return explain_recognised(*r, p) + place_in_log(lines, i, *r, p);
}

/// "processed 12 insns (limit ...": how a log ends in which nothing is refused.
std::optional<std::string> explain_acceptance(const std::vector<std::string>& lines, const Palette& p) {
  for (size_t i = lines.size(); i-- > 0;)
    if (lines[i].starts_with("processed ") && lines[i].contains(" insns"))
      return fmt::format("{}Nothing is refused in this log: the verifier accepted the program.{}\n  {}\n", p.bold,
                         p.end, lines[i]);
  return {};
}

}  // namespace

std::optional<std::string> explain_log(std::string_view log, const Palette& p) {
  const auto lines = pasted_lines(log);
  for (size_t i = lines.size(); i-- > 0;) {
    if (lines[i].empty() || is_instruction(lines[i]) || is_source(lines[i]) || is_state(lines[i]) ||
        is_statistics(lines[i]))
      continue;
    if (auto words = explain_refusal(lines, i, p)) return words;
  }
  // No word of the verifier: a loader's, if it said one. The first is the nearest to the cause.
  for (const std::string& line : lines)
    if (auto r = recognise(line); r && r->line && !r->line->loader.empty()) return explain_recognised(*r, p);
  return explain_acceptance(lines, p);
}

}  // namespace bpfcheck::report
