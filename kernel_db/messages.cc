// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See messages.h.
#include "kernel_db/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "kernel_db/target.h"

namespace bpfcheck {
namespace {

#ifndef ENOTSUPP
#define ENOTSUPP 524  // the kernel's own, not in errno.h
#endif

constexpr MsgInfo messages[] = {
    {"None", 0, "", Topic::None_},
#define MSG(code, errnum, words, topic) {#code, errnum, words, Topic::topic},
#define WORDS(...)
#define WORDS_WHERE(...)
#include "kernel_db/messages/all.def"
#undef WORDS_WHERE
#undef WORDS
#undef MSG
};
constexpr TopicInfo topics[] = {
#define TOPIC(name, title, cause, why, fix) {#name, title, cause, why, fix},
#include "kernel_db/topics.def"
#undef TOPIC
};
/// The places of each code's own words, which name its operands.
const std::vector<Words>& operand_names() {
  static const std::vector<Words> all = [] {
    std::vector<Words> v;
    for (const MsgInfo& m : messages) v.push_back(parse_words(m.words));
    return v;
  }();
  return all;
}

std::string format_operand(const Operand& operand, std::string_view format, const TypeNames& types) {
  if (format == "+1" || format == "-1") {
    const s64 more = format == "+1" ? 1 : -1;
    if (auto s = std::get_if<s64>(&operand)) return fmt::format("{}", *s + more);
    if (auto u = std::get_if<u64>(&operand)) return fmt::format("{}", static_cast<s64>(*u) + more);
    format = {};
  }
  // Words pasted from a log have text in place of a number, as it was printed.
  if (std::holds_alternative<std::string>(operand) && (format.ends_with('x') || format.ends_with('d'))) format = {};
  const std::string place = format.empty() ? "{}" : fmt::format("{{:{}}}", format);
  auto text = [&](const auto& v) { return fmt::format(fmt::runtime(place), v); };
  if (auto s = std::get_if<s64>(&operand)) return text(*s);
  if (auto u = std::get_if<u64>(&operand)) return text(*u);
  if (auto s = std::get_if<std::string>(&operand)) return text(*s);
  if (auto t = std::get_if<RegTypes>(&operand)) return text(types.of(*t));
  return text(types.of(std::get<TrackedBits>(operand)));
}

}  // namespace

const MsgInfo& msg_info(Msg m) { return messages[static_cast<size_t>(m)]; }
const TopicInfo& topic_info(Topic t) { return topics[static_cast<size_t>(t)]; }

const std::vector<WordsRow>& other_words() {
  static const std::vector<WordsRow> all = {
#define MSG(...)
#define WORDS(code, kernels, errnum, words) {Msg::code, Intervals(kernels), errnum, words, "", ""},
#define WORDS_WHERE(code, kernels, operand, value, errnum, words) \
  {Msg::code, Intervals(kernels), errnum, words, operand, value},
#include "kernel_db/messages/all.def"
#undef WORDS_WHERE
#undef WORDS
#undef MSG
  };
  return all;
}

Words parse_words(std::string_view words) {
  Words out;
  out.literals.emplace_back();
  if (words.ends_with('\\')) {
    words.remove_suffix(1);
    out.open = true;
  }
  for (size_t i = 0; i < words.size(); i++) {
    if (words.substr(i, 2) == "{{" || words.substr(i, 2) == "}}") {
      out.literals.back() += words[i++];
    } else if (words[i] == '{') {
      const size_t end = std::min(words.find('}', i), words.size());
      const std::string_view place = words.substr(i + 1, end - i - 1);
      const size_t colon = std::min(place.find(':'), place.size());
      out.places.push_back({place.substr(0, colon), place.substr(std::min(colon + 1, place.size()))});
      out.literals.emplace_back();
      i = end;
    } else {
      out.literals.back() += words[i];
    }
  }
  return out;
}

std::string plain_words(std::string_view words) {
  const Words w = parse_words(words);
  std::string out = w.literals[0];
  for (size_t i = 0; i < w.places.size(); i++) {
    if (!w.places[i].left_out()) out += fmt::format("{{{}}}", w.places[i].name);
    out += w.literals[i + 1];
  }
  return out;
}

size_t operand_count(Msg m) { return operand_names()[static_cast<size_t>(m)].places.size(); }

std::optional<size_t> operand_index(Msg m, std::string_view name) {
  const auto& places = operand_names()[static_cast<size_t>(m)].places;
  const auto it = std::ranges::find(places, name, &Place::name);
  return it == places.end() ? std::nullopt : std::optional(static_cast<size_t>(it - places.begin()));
}

const Operand* find_operand(Msg m, const Operands& operands, std::string_view name) {
  const auto i = operand_index(m, name);
  return i && *i < operands.size() ? &operands[*i] : nullptr;
}

std::optional<s64> number_operand(Msg m, const Operands& operands, std::string_view name) {
  const Operand* o = find_operand(m, operands, name);
  if (auto s = o ? std::get_if<s64>(o) : nullptr) return *s;
  if (auto u = o ? std::get_if<u64>(o) : nullptr) return static_cast<s64>(*u);
  return std::nullopt;
}

std::string text_operand(Msg m, const Operands& operands, std::string_view name) {
  const Operand* o = find_operand(m, operands, name);
  auto s = o ? std::get_if<std::string>(o) : nullptr;
  return s ? *s : "";
}

Wording::Wording(const Target& target) : types_(target) {
  for (const WordsRow& r : other_words())
    if (holds_at_end(r.kernels, target)) rows_.push_back(&r);
  std::ranges::stable_sort(rows_, {}, &WordsRow::code);
}

const WordsRow* Wording::row(Msg m, const Operands& operands) const {
  for (const WordsRow* r : std::ranges::equal_range(rows_, m, {}, &WordsRow::code))
    if (const Operand* o = r->operand.empty() ? nullptr : find_operand(m, operands, r->operand);
        r->operand.empty() || (o && format_operand(*o, "", types_) == r->value))
      return r;
  return nullptr;
}

std::string_view Wording::words(Msg m, const Operands& operands) const {
  const WordsRow* other = row(m, operands);
  return other ? other->words : msg_info(m).words;
}

int Wording::errnum(Msg m, const Operands& operands) const {
  const WordsRow* other = row(m, operands);
  return other ? other->errnum : msg_info(m).errnum;
}

std::string format_message(Msg m, const Operands& operands, const Wording& wording) {
  const Words words = parse_words(wording.words(m, operands));
  std::string out = words.literals[0];
  for (size_t i = 0; i < words.places.size(); i++) {
    const Place& place = words.places[i];
    const Operand* operand = find_operand(m, operands, place.name);
    if (operand && !place.left_out()) out += format_operand(*operand, place.format, wording.types());
    out += words.literals[i + 1];
  }
  return out;
}

}  // namespace bpfcheck
