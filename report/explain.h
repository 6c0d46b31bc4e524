// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a rejection code or a kernel's message means, with a program that fails so and the same program mended; a whole
// kernel log, explained from its end.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel_db/explanations.h"
#include "report/text.h"

namespace bpfcheck::report {

struct Example {
  Msg code;
  Topic topic;
  std::string_view file, fails, mended_file, mended;
};
const std::vector<Example>& examples();
/// The example for a code: one of its own where there is one, else one of its topic; nullptr where neither is.
const Example* example_for(Msg code, Topic topic);
/// Source text of a function in an embedded corpus program, from its SEC() to its closing brace; "" where it is not
/// there.
std::string source_of_function(std::string_view file, std::string_view function);

/// Everything about a code.
std::string explain_code(Msg code, Topic topic, const Palette& p);
/// An errno's name ("EACCES") or a rule of bpfcheck's own ("AdviceSilentDrop"); nothing for any other.
std::optional<std::string> explain_name(std::string_view name, const Palette& p);
std::string explain_recognised(const Recognised& r, const Palette& p);
/// What libbpf puts into a log in place of the kernel's words, which would name a helper that does not exist.
std::optional<std::string> explain_loader_words(std::string_view line, const Palette& p);
/// A message, or any line that holds one; nothing where none is recognised.
std::optional<std::string> explain_message(std::string_view line, const Palette& p);
/// The last message of a log, with the instruction, source line and register state that the log shows before it; that
/// nothing is refused, where it ends so. As people paste it: pasted_log.h.
std::optional<std::string> explain_log(std::string_view log, const Palette& p);
/// Every code that rejects, by topic.
std::string list_codes(const Palette& p);
/// Codes whose name or words share most with a text that was not recognised.
std::vector<Msg> similar_codes(std::string_view text, size_t most);

}  // namespace bpfcheck::report
