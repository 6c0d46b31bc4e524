// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See explanations.h.
#include "kernel_db/explanations.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>

#include "kernel_db/types.h"

namespace bpfcheck {
namespace {

constexpr LogLine log_lines[] = {
#define LINE(topic, words) {Topic::topic, words, "", "", ""},
#define TRACE(words, meaning) {Topic::None_, words, meaning, "", ""},
#define LOADER(loader, words, meaning, fix) {Topic::None_, words, meaning, loader, fix},
#include "kernel_db/log_lines.def"
#undef LOADER
#undef TRACE
#undef LINE
};

/// What one row's words look like in a log.
struct Pattern {
  Msg code = Msg::None;
  const LogLine* line = nullptr;
  Words words;
  const WordsRow* row = nullptr;  ///< nullptr: the words of 6.18
  size_t weight = 0;
};

Pattern compile(Msg code, const LogLine* line, std::string_view text, const WordsRow* row) {
  Pattern p{code, line, parse_words(text), row};
  // What these words leave out stands nowhere in a log.
  Words& w = p.words;
  for (size_t i = w.places.size(); i-- > 0;) {
    if (!w.places[i].left_out()) continue;
    w.literals[i] += w.literals[i + 1];
    w.literals.erase(w.literals.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    w.places.erase(w.places.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (const std::string& l : p.words.literals)
    p.weight += static_cast<size_t>(std::ranges::count_if(l, [](unsigned char c) { return std::isalnum(c); }));
  return p;
}

bool is_trace(const Pattern& p) { return p.line && p.line->topic == Topic::None_ && p.line->loader.empty(); }

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> all = [] {
    std::vector<Pattern> v;
    for (u16 i = 1; i < static_cast<u16>(Msg::count); i++)
      if (const Msg m = static_cast<Msg>(i); !msg_info(m).words.empty())
        v.push_back(compile(m, nullptr, msg_info(m).words, nullptr));
    for (const WordsRow& row : other_words())
      if (!row.words.empty()) v.push_back(compile(row.code, nullptr, row.words, &row));
    for (const LogLine& line : log_lines) v.push_back(compile(Msg::None, &line, line.words, nullptr));
    return v;
  }();
  return all;
}

bool all_digits(std::string_view s) {
  return !s.empty() && std::ranges::all_of(s, [](unsigned char c) { return std::isdigit(c); });
}

/// What stands in a place fits what stands before it: after "R" a register's number; tracked bits in brackets.
bool place_fits(std::string_view before, const Place& place, std::string_view text) {
  if ((place.name == "bits" || place.name == "range_bits") && !text.starts_with('(')) return false;
  const bool is_register = before == "R" || before.ends_with(" R");
  return !is_register || all_digits(text);
}

/// What stands in a place: a number, else text.
Operand operand_of(std::string_view text) {
  s64 n = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (ec == std::errc() && end == text.data() + text.size()) return n;
  return std::string(text);
}

/// The texts in the places of a pattern as operands of its code, whatever their order in these words.
Operands operands_of(const Pattern& p, const std::vector<std::string_view>& texts) {
  Operands out(operand_count(p.code), std::string());
  for (size_t i = 0; i < texts.size(); i++) {
    const Place& place = p.words.places[i];
    const auto at = operand_index(p.code, place.name);
    if (!at) continue;
    out[*at] = operand_of(texts[i]);
    if (auto n = std::get_if<s64>(&out[*at])) *n -= place.format == "+1" ? 1 : place.format == "-1" ? -1 : 0;
  }
  if (p.row && !p.row->operand.empty())
    if (const auto at = operand_index(p.code, p.row->operand)) out[*at] = operand_of(p.row->value);
  return out;
}

/// `text` from its beginning; `to_end`: all of it.
bool match(const Pattern& p, std::string_view text, bool to_end, Recognised& out) {
  if (!text.starts_with(p.words.literals[0])) return false;
  size_t at = p.words.literals[0].size();
  std::vector<std::string_view> operands;
  for (size_t i = 1; i < p.words.literals.size(); i++) {
    const std::string& next = p.words.literals[i];
    const bool last = i + 1 == p.words.literals.size();
    size_t found;
    if (next.empty())
      found = last ? text.size() : at;
    else if (last && to_end && !p.words.open)
      found =
          text.ends_with(next) && text.size() - next.size() >= at ? text.size() - next.size() : std::string_view::npos;
    else
      found = text.find(next, at);
    if (found == std::string_view::npos) return false;
    operands.push_back(text.substr(at, found - at));
    if (!place_fits(p.words.literals[i - 1], p.words.places[i - 1], operands.back())) return false;
    at = found + next.size();
  }
  if (to_end && !p.words.open && at != text.size()) return false;
  out = {p.code, p.line, p.line ? Operands() : operands_of(p, operands), p.row, text.substr(0, at), p.weight};
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
  bool takes_any_beginning = false;  // what a loader wrote before the words, too
  for (bool to_end : {true, false}) {
    for (size_t begin : beginnings(line)) {
      for (const Pattern& p : patterns()) {
        if (p.weight < surest_short || (best && p.weight <= best->weight)) continue;
        if (is_trace(p) && (begin || !to_end)) continue;  // common words: the whole line only
        Recognised r;
        if (!match(p, line.substr(begin), to_end, r)) continue;
        best = std::move(r);
        takes_any_beginning = p.words.literals[0].empty();
      }
      if (best && to_end && begin == 0 && !takes_any_beginning) return best;
    }
    if (best) return best;
  }
  return best;
}

Topic closer_topic(Msg code, const Operands& operands) {
  constexpr s64 unresolved_relocation = 195896080, first_unresolved_kfunc = 2002000000,
                last_unresolved_kfunc = 2002999999;
  const Topic own = msg_info(code).topic;
  if (code == Msg::ReturnOutOfRange && text_operand(code, operands, "when").contains("callback return"))
    return Topic::Callback;
  if (code == Msg::InvalidFunc) {
    // The helpers that libbpf writes in place of what it could not resolve.
    const s64 id = number_operand(code, operands, "id").value_or(0);
    if (id == unresolved_relocation) return Topic::CoRelocation;
    if (id >= first_unresolved_kfunc && id <= last_unresolved_kfunc) return Topic::KfuncNotAllowed;
  }
  if (own != Topic::InvalidPointerType && own != Topic::HelperArgument && own != Topic::PointerArithmetic) return own;
  const Operand* type = find_operand(code, operands, "type");
  if (!type) return own;
  bool maybe_null = false;
  if (auto known = std::get_if<RegTypes>(type))
    maybe_null = std::ranges::any_of(known->types, [](u32 t) { return t & PTR_MAYBE_NULL; });
  else if (auto pasted = std::get_if<std::string>(type))
    maybe_null = pasted->ends_with("_or_null") || pasted->contains("_or_null_");
  return maybe_null ? Topic::NullPointer : own;
}

}  // namespace bpfcheck
