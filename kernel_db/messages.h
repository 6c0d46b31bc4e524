// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The catalogue of what the verifier says. A row is MSG(Code, errno, "the kernel's words", topic): the words with {}
// for operands (fmt syntax), the errno that the kernel returns with them (0 for words that do not reject), and the
// topic in kernel_db/topics.def that explains it. Each room of verifier_sim has its own file under kernel_db/messages/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/types.h"

namespace bpfcheck {

enum class Msg : u16 {
  None,
#define MSG(code, errnum, words, topic) code,
#include "kernel_db/messages/all.def"
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
  std::string_view words;
  Topic topic;
};
struct TopicInfo {
  std::string_view name, title, cause, why, fix;
};
const MsgInfo& msg_info(Msg m);
const TopicInfo& topic_info(Topic t);

using Operand = std::variant<s64, u64, std::string>;
using Operands = std::vector<Operand>;

/// The kernel's words with the operands in place, no line end.
std::string format_message(Msg m, const Operands& operands);

}  // namespace bpfcheck
