// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The catalogue of what the verifier says. A row is MSG(Code, errno, "the words of 6.18", topic): the words with a
// place {name} or {name:format} (fmt syntax) for each operand, in the order in which the simulator gives them; {name:~}
// is an operand that these words leave out and those of other kernels do not. The errno is what the kernel returns with
// them (0 for words that do not reject), the topic (kernel_db/topics.def) explains it. Each room of verifier_sim has
// its own file under kernel_db/messages/.
//
// Under its row stand the words of other kernels: WORDS(Code, "kernels", errno, "words"), the kernels in the form of
// kernel_db/intervals.h: "0.0-6.14", "7.2", "5.12-6.8 5.10.33". A branch of which the release is not known is taken as
// at its end, where it is met most. The places of such words are named as in the row, in any order; what they leave out
// is left out. With WORDS_WHERE(Code, "kernels", "operand", "value", errno, "words") they hold where that operand is
// printed so. The first that holds is taken. Words "" say nothing: what was said before stands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/types.h"
#include "kernel_db/intervals.h"
#include "kernel_db/type_names.h"

namespace bpfcheck {

struct Target;

enum class Msg : u16 {
  None,
#define MSG(code, errnum, words, topic) code,
#define WORDS(...)
#define WORDS_WHERE(...)
#include "kernel_db/messages/all.def"
#undef WORDS_WHERE
#undef WORDS
#undef MSG
  count
};

/// Explanations shared by codes of one cause.
enum class Topic : u16 {
#define TOPIC(name, title, cause, why, fix) name,
#include "kernel_db/topics.def"
#undef TOPIC
  count
};

struct MsgInfo {
  std::string_view code;
  int errnum;
  std::string_view words;  ///< of 6.18
  Topic topic;
};
struct TopicInfo {
  std::string_view name, title, cause, why, fix;
};
const MsgInfo& msg_info(Msg m);
const TopicInfo& topic_info(Topic t);

/// Words of one code in some kernels.
struct WordsRow {
  Msg code;
  Intervals kernels;
  int errnum;
  std::string_view words;
  std::string_view operand, value;  ///< hold where this operand is this text; "": always
};
/// Those that are not 6.18's, in the catalogue's order.
const std::vector<WordsRow>& other_words();

/// A place of words: "{off:#x}" is {"off", "#x"}. The formats are fmt's, "~" (left out), and "+1" or "-1": a number
/// that these words count from elsewhere.
struct Place {
  std::string_view name, format;
  bool left_out() const { return format == "~"; }
};
/// Words cut at their places: literals.size() == places.size() + 1.
struct Words {
  std::vector<std::string> literals;
  std::vector<Place> places;
  bool open = false;  ///< a state follows on the line: the words end in a backslash
};
Words parse_words(std::string_view words);
/// For people to read: the places by their names alone, "R{regno} !read_ok".
std::string plain_words(std::string_view words);

/// What the verifier knew when it spoke: numbers, names, register types, tracked bits.
using Operand = std::variant<s64, u64, std::string, RegTypes, TrackedBits>;
using Operands = std::vector<Operand>;

size_t operand_count(Msg m);
/// Ordinal of the operand of that name among a code's; nothing where it has none.
std::optional<size_t> operand_index(Msg m, std::string_view name);
/// The operand of that name; nullptr where there is none.
const Operand* find_operand(Msg m, const Operands& operands, std::string_view name);
/// The same as a number; nothing where it is no number.
std::optional<s64> number_operand(Msg m, const Operands& operands, std::string_view name);
/// The same as text; "" where it is no text.
std::string text_operand(Msg m, const Operands& operands, std::string_view name);

/// How one kernel words the catalogue: computed once from a target, 6.18's by default.
class Wording {
 public:
  Wording() = default;
  explicit Wording(const Target& target);
  std::string_view words(Msg m, const Operands& operands) const;
  int errnum(Msg m, const Operands& operands) const;
  const TypeNames& types() const { return types_; }

 private:
  const WordsRow* row(Msg m, const Operands& operands) const;

  std::vector<const WordsRow*> rows_;  ///< that hold for the kernel, by code; the others say 6.18's words
  TypeNames types_;
};

/// A kernel's words with the operands in place, no line end.
std::string format_message(Msg m, const Operands& operands, const Wording& wording);

}  // namespace bpfcheck
