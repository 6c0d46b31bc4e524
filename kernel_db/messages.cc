// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See messages.h.
#include "kernel_db/messages.h"

#include <fmt/args.h>
#include <fmt/format.h>

#include <cerrno>
#include <iterator>

namespace bpfcheck {
namespace {

#ifndef ENOTSUPP
#define ENOTSUPP 524  // the kernel's own, not in errno.h
#endif

constexpr MsgInfo messages[] = {
    {"None", 0, "", Topic::None_},
#define MSG(code, errnum, words, topic) {#code, errnum, words, Topic::topic},
#include "kernel_db/messages/all.def"
#undef MSG
};
constexpr TopicInfo topics[] = {
#define TOPIC(name, title, cause, why, fix) {#name, title, cause, why, fix},
#include "kernel_db/topics.def"
#undef TOPIC
};

}  // namespace

const MsgInfo& msg_info(Msg m) { return messages[static_cast<size_t>(m)]; }
const TopicInfo& topic_info(Topic t) { return topics[static_cast<size_t>(t)]; }

std::string format_message(Msg m, const Operands& operands) {
  fmt::dynamic_format_arg_store<fmt::format_context> args;
  for (const Operand& o : operands) std::visit([&](const auto& v) { args.push_back(v); }, o);
  std::string_view words = msg_info(m).words;
  if (words.ends_with('\\')) words.remove_suffix(1);
  try {
    return fmt::vformat(words, args);
  } catch (const fmt::format_error& e) {
    return std::string(words) + " [" + e.what() + "]";
  }
}

}  // namespace bpfcheck
