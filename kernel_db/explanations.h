// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The catalogue read the other way round: from words that a kernel printed, numbers and names filled in, back to the
// row; and what is known of a row beyond its topic. Lines that no row of the simulation says stand in log_lines.def.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "kernel_db/messages.h"

namespace bpfcheck {

/// What a code says beyond its topic (notes.def); empty fields: the topic's own.
struct Note {
  std::string_view cause, fix;
};
Note note_of(Msg m);

/// The code of that name; nothing where there is none. Upper and lower case are the same.
std::optional<Msg> find_code(std::string_view name);

/// A line that the simulation never says: of a kernel's log, or of a loader.
struct LogLine {
  Topic topic;  ///< of a kernel's refusal; None_ for a line that refuses nothing and for a loader's
  std::string_view words, meaning;
  std::string_view loader, fix;  ///< "" for a kernel's
};

/// A message recognised: a code, or a line that has none.
struct Recognised {
  Msg code = Msg::None;
  const LogLine* line = nullptr;  ///< where there is no code
  Operands operands;              ///< what stands in the places of the words, in the order of the code's own
  const WordsRow* row = nullptr;  ///< the words of other kernels that they are; nullptr: those of 6.18
  std::string_view matched;       ///< the part of the message
  size_t weight = 0;              ///< letters that agreed: how sure it is

  /// Of what it says; None_ where it refuses nothing, and for a loader's words.
  Topic topic() const { return line ? line->topic : msg_info(code).topic; }
};
/// The row whose words fit best, anywhere in a line; nothing where none does.
std::optional<Recognised> recognise(std::string_view line);

/// The topic that explains best, given the operands: a type "..._or_null" is a NULL not ruled out.
Topic closer_topic(Msg code, const Operands& operands);

}  // namespace bpfcheck
