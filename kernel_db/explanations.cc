// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See explanations.h.
#include "kernel_db/explanations.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace bpfcheck {
namespace {

/// Words cut at their places: literals.size() == places + 1.
struct Pattern {
  Msg code = Msg::None;
  std::vector<std::string> literals;
  std::string_view until;
  size_t weight = 0;
  bool open = false;  ///< a state may follow on the line
};

Pattern compile(Msg code, std::string_view words, std::string_view until) {
  Pattern p{code, {""}, until};
  if (words.ends_with('\\')) {
    words.remove_suffix(1);
    p.open = true;
  }
  for (size_t i = 0; i < words.size(); i++) {
    if (words.substr(i, 2) == "{{" || words.substr(i, 2) == "}}") {
      p.literals.back() += words[i++];
    } else if (words[i] == '{') {
      while (i < words.size() && words[i] != '}') i++;
      p.literals.emplace_back();
    } else {
      p.literals.back() += words[i];
    }
  }
  for (const std::string& l : p.literals)
    p.weight += static_cast<size_t>(std::ranges::count_if(l, [](unsigned char c) { return std::isalnum(c); }));
  return p;
}

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> all = [] {
    std::vector<Pattern> v;
    for (u16 i = 1; i < static_cast<u16>(Msg::count); i++)
      v.push_back(compile(static_cast<Msg>(i), msg_info(static_cast<Msg>(i)).words, ""));
#define OLDER(code, words, until) v.push_back(compile(Msg::code, words, until));
#include "kernel_db/older_words.def"
#undef OLDER
    return v;
  }();
  return all;
}

bool all_digits(std::string_view s) {
  return !s.empty() && std::ranges::all_of(s, [](unsigned char c) { return std::isdigit(c); });
}

/// What stands in a place fits what stands before it: after "R" a register's number, after "#" a number.
bool place_fits(std::string_view before, std::string_view text) {
  const bool is_register = before == "R" || before.ends_with(" R");
  return !is_register || all_digits(text);
}

/// `text` from its beginning; `to_end`: all of it.
bool match(const Pattern& p, std::string_view text, bool to_end, Recognised& out) {
  if (!text.starts_with(p.literals[0])) return false;
  size_t at = p.literals[0].size();
  std::vector<std::string_view> operands;
  for (size_t i = 1; i < p.literals.size(); i++) {
    const std::string& next = p.literals[i];
    const bool last = i + 1 == p.literals.size();
    size_t found;
    if (next.empty())
      found = last ? text.size() : at;
    else if (last && to_end && !p.open)
      found =
          text.ends_with(next) && text.size() - next.size() >= at ? text.size() - next.size() : std::string_view::npos;
    else
      found = text.find(next, at);
    if (found == std::string_view::npos) return false;
    operands.push_back(text.substr(at, found - at));
    if (!place_fits(p.literals[i - 1], operands.back())) return false;
    at = found + next.size();
  }
  if (to_end && !p.open && at != text.size()) return false;
  out = {p.code, std::move(operands), p.until, text.substr(0, at), p.weight};
  return true;
}

/// Where words may begin in a line: at its start, or after a blank.
std::vector<size_t> beginnings(std::string_view line) {
  std::vector<size_t> out{0};
  for (size_t i = 1; i < line.size() && out.size() < 64; i++)
    if (line[i - 1] == ' ' || line[i - 1] == '\t') out.push_back(i);
  return out;
}

}  // namespace

Note note_of(Msg m) {
  switch (m) {
#define NOTE(code, cause, fix) \
  case Msg::code:              \
    return {cause, fix};
#include "kernel_db/notes.def"
#undef NOTE
    default:
      return {};
  }
}

std::optional<Msg> find_code(std::string_view name) {
  auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  for (u16 i = 1; i < static_cast<u16>(Msg::count); i++)
    if (std::ranges::equal(msg_info(static_cast<Msg>(i)).code, name, same)) return static_cast<Msg>(i);
  return {};
}

std::optional<Recognised> recognise(std::string_view line) {
  constexpr size_t surest_short = 4;  // fewer letters in common say nothing
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back()))) line.remove_suffix(1);
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.front()))) line.remove_prefix(1);
  if (line.size() > 4096) line = line.substr(0, 4096);
  std::optional<Recognised> best;
  for (bool to_end : {true, false}) {
    for (size_t begin : beginnings(line)) {
      for (const Pattern& p : patterns()) {
        if (p.weight < surest_short || (best && p.weight <= best->weight)) continue;
        Recognised r;
        if (match(p, line.substr(begin), to_end, r)) best = std::move(r);
      }
      if (best && to_end && begin == 0) return best;
    }
    if (best) return best;
  }
  return best;
}

Topic closer_topic(Msg code, const std::vector<std::string_view>& operands) {
  const Topic own = msg_info(code).topic;
  if (code == Msg::ReturnOutOfRange && !operands.empty() && operands[0].contains("callback return"))
    return Topic::Callback;
  // The helpers that libbpf writes in place of what it could not resolve: 0xbad2310 for a relocation, from 2002000000
  // on for kernel functions.
  if (code == Msg::InvalidFunc && operands.size() > 1 && operands[1] == "195896080") return Topic::CoRelocation;
  if (code == Msg::InvalidFunc && operands.size() > 1 && operands[1].size() == 10 && operands[1].starts_with("2002"))
    return Topic::KfuncNotAllowed;
  if (own != Topic::InvalidPointerType && own != Topic::HelperArgument && own != Topic::PointerArithmetic) return own;
  for (size_t i = 0; i < std::min<size_t>(operands.size(), 2); i++)
    if (operands[i].ends_with("_or_null") || operands[i].contains("_or_null_")) return Topic::NullPointer;
  return own;
}

}  // namespace bpfcheck
