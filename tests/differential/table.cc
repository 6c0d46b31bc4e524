// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "differential/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <regex>
#include <sstream>

#include "differential/assemble.h"

namespace bpfcheck::differential {
namespace {

constexpr u32 test_state_freq = 1u << 3;  // BPF_F_TEST_STATE_FREQ

Result<int> errno_named(const std::string& name, const std::string& path) {
  static constexpr std::pair<const char*, int> names[] = {{"accepted", 0},   {"EACCES", EACCES}, {"EINVAL", EINVAL},
                                                          {"EPERM", EPERM},  {"E2BIG", E2BIG},   {"EFAULT", EFAULT},
                                                          {"ENOENT", ENOENT}};
  for (const auto& [known, number] : names)
    if (name == known) return number;
  return fail(path, "neither 'accepted' nor an errno: " + name);
}

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(by, at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + by.size();
  }
  return parts;
}

Result<Program> read_program(const std::string& line, const std::string& path) {
  Program p;
  const auto colon = line.find(": ");
  std::string type = line.substr(0, colon);
  if (const auto plus = type.find("+freq"); plus != std::string::npos) {
    p.flags = test_state_freq;
    type.resize(plus);
  }
  u32 t = 0;
  while (t <= static_cast<u32>(ProgType::NETFILTER) && prog_type_name(static_cast<ProgType>(t)) != type) t++;
  if (colon == std::string::npos || t > static_cast<u32>(ProgType::NETFILTER))
    return fail(path, "no program type in front: " + line);
  p.type = static_cast<ProgType>(t);
  BPFCHECK_ASSIGN(p.insns, assemble(line.substr(colon + 2)));
  return p;
}

Result<Answer> read_answer(const std::string& line, const std::string& path) {
  Answer a;
  const auto colon = line.find(": ");
  if (colon == std::string::npos) return fail(path, "no answer: " + line);
  a.kernels = split(line.substr(0, colon), " ");
  const auto words = line.find(": ", colon + 2);
  const bool has_words = words != std::string::npos;
  BPFCHECK_ASSIGN(a.errnum, errno_named(line.substr(colon + 2, has_words ? words - colon - 2 : words), path));
  if (has_words) a.words = split(line.substr(words + 2), " | ");
  return a;
}

/// Blanks and tabs as one blank, none in front.
std::string plain(const std::string& line) {
  std::istringstream in(line);
  std::string s;
  for (std::string word; in >> word;) s += (s.empty() ? "" : " ") + word;
  return s;
}

bool holds(const std::string& line, const std::string& words) {
  for (size_t at = line.find(words); at != std::string::npos; at = line.find(words, at + 1)) {
    const size_t end = at + words.size();
    if ((at == 0 || line[at - 1] == ' ') && (end == line.size() || line[end] == ' ')) return true;
  }
  return false;
}

/// "7: R0=1" and "from 2 to 4: R0=1" are "R0=1" in a line that begins so.
bool is_in(const std::string& line, const std::string& words) {
  static const std::regex place("(\\d+|from \\d+ to \\d+): ");
  std::smatch in_front;
  if (!std::regex_search(words, in_front, place, std::regex_constants::match_continuous)) return holds(line, words);
  return line.starts_with(in_front.str()) && holds(line, in_front.suffix());
}

}  // namespace

Result<std::vector<TableCase>> read_table(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(path, "cannot be read", ENOENT);
  std::vector<TableCase> cases;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] != ' ') {
      cases.push_back({line, {}, {}});
      BPFCHECK_ASSIGN(cases.back().program, read_program(line, path));
    } else if (cases.empty()) {
      return fail(path, "an answer in front of the first program");
    } else {
      BPFCHECK_ASSIGN(Answer answer, read_answer(line, path));
      cases.back().answers.push_back(std::move(answer));
    }
  }
  return cases;
}

std::string contradiction(const Answer& answer, const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::no_answer) return describe(outcome);
  if (outcome.errnum != answer.errnum) return fmt::format("errno {}, not {}", outcome.errnum, answer.errnum);
  std::vector<std::string> lines;
  std::istringstream in(outcome.log);
  for (std::string line; std::getline(in, line);) lines.push_back(plain(line));
  auto from = lines.begin();
  for (const std::string& words : answer.words) {
    if (words[0] == '!') {
      const auto there = std::ranges::find_if(lines, [&](const auto& line) { return is_in(line, words.substr(1)); });
      if (there != lines.end()) return fmt::format("the log has: {}", *there);
    } else {
      from = std::find_if(from, lines.end(), [&](const auto& line) { return is_in(line, words); });
      if (from == lines.end()) return fmt::format("the log lacks: {}\n{}", words, outcome.log);
    }
  }
  return "";
}

}  // namespace bpfcheck::differential
