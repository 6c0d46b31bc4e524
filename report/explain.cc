// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See explain.h.
#include "report/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/near_name.h"
#include "base/octets.h"
#include "kernel_db/helpers.h"
#include "report/document.h"
#include "report/embedded.h"
#include "report/source.h"

namespace bpfcheck::report {
namespace {

constexpr EmbeddedFile programs[] = {
#include "report/example_programs.inc"
};

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    auto nl = text.find('\n');
    out += fmt::format("{}{}\n", indent, text.substr(0, nl));
    text.remove_prefix(nl == std::string_view::npos ? text.size() : nl + 1);
  }
  return out;
}

std::string paragraph(const Palette& p, const char* title, std::string_view words) {
  return words.empty() ? "" : fmt::format("\n{}{}{}\n{}", p.mark, title, p.end, wrapped(words, "  "));
}

struct Errno {
  int number;
  std::string_view name, meaning;
};
constexpr Errno errnos[] = {
    {1, "EPERM",
     "A capability is missing (CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN or CAP_SYS_ADMIN), unprivileged BPF is "
     "off, memory is locked to its limit (before 5.11), or a policy forbids it (lockdown, SELinux)."},
    {2, "ENOENT", "What was named is not there: an attach target, a type of the BTF, or a map."},
    {3, "ESRCH", "What was named by its number or name is not in the kernel: a function or type to attach to."},
    {7, "E2BIG",
     "The program has too many instructions, or asks for something longer than the kernel takes; or the "
     "structure given to bpf() has members that this kernel does not know."},
    {9, "EBADF", "A file descriptor is none of a map, a program or a BTF as it should be."},
    {12, "ENOMEM", "Memory does not suffice, or too many branches wait to be looked at."},
    {13, "EACCES", "The verifier refuses the program: what it does, or may do, is not allowed. The log says where."},
    {14, "EFAULT", "An address given to bpf() is none, or the verifier found a fault of its own."},
    {16, "EBUSY", "What is to be used is in use otherwise."},
    {22, "EINVAL",
     "An argument is wrong: of bpf() itself (type, flag, size), or in the program; the log, if there is "
     "one, says where."},
    {28, "ENOSPC", "The buffer for the verifier's log is too small: the program may be right. Give a larger one."},
    {34, "ERANGE", "A number is outside of what is allowed."},
    {71, "EPROTO", "Speculation: without CAP_PERFMON this cannot be made safe."},
    {95, "EOPNOTSUPP", "This kernel, configuration or processor does not have what the program asks for."},
    {524, "ENOTSUPP",
     "This kernel, configuration or processor does not have what the program asks for. The C library "
     "has no name for this number: it is printed as \"unknown error 524\"."},
};

std::string_view errno_name(int n) {
  const auto* e = std::ranges::find(errnos, n, &Errno::number);
  return e == std::end(errnos) ? "" : e->name;
}

/// "before 6.10", "since 7.1", "from 5.16 until 6.12": the mainline versions that said so.
std::string era_words(const WordsRow& row) {
  const auto* i = std::ranges::find(row.kernels, Interval::Of::mainline, &Interval::of);
  if (i == row.kernels.end()) return "of some stable releases";
  if (i->from == 0) return "before " + line_text(i->until >> 16);
  if (i->until == Interval::open) return "since " + line_text(i->from >> 16);
  return fmt::format("from {} until {}", line_text(i->from >> 16), line_text(i->until >> 16));
}

std::string header(const Recognised& r, const Palette& p) {
  std::string out = fmt::format("{}{}{}\n", p.bold, r.matched, p.end);
  if (r.row)
    out += fmt::format("  (words of kernels {}; of 6.18: \"{}\")\n", era_words(*r.row),
                       plain_words(msg_info(r.code).words));
  return out + "\n";
}

/// What libbpf puts into a log in place of the kernel's words, which would name a helper that does not exist.
struct LoaderWords {
  std::string_view words;
  Msg code;
  Topic topic;
};
constexpr LoaderWords loader_words[] = {
    {"failed to resolve CO-RE relocation", Msg::InvalidFunc, Topic::CoRelocation},
    {"<invalid CO-RE relocation>", Msg::InvalidFunc, Topic::CoRelocation},
    {"is referenced but wasn't resolved", Msg::InvalidFunc, Topic::KfuncNotAllowed},
};

/// A row of examples.def: "mended" may lead into another file, as "file.bpf.c:program".
Example example(Msg code, Topic topic, std::string_view file, std::string_view fails, std::string_view mended) {
  const auto colon = mended.find(':');
  if (colon == std::string_view::npos) return {code, topic, file, fails, file, mended};
  return {code, topic, file, fails, mended.substr(0, colon), mended.substr(colon + 1)};
}

}  // namespace

const std::vector<Example>& examples() {
  static const std::vector<Example> all = {
#define EXAMPLE(code, topic, file, fails, mended) example(Msg::code, Topic::topic, file, fails, mended),
#include "report/examples.def"
#undef EXAMPLE
  };
  return all;
}

const Example* example_for(Msg code, Topic topic) {
  const Example* of_topic = nullptr;
  for (const Example& e : examples()) {
    if (e.code == code && e.topic == topic) return &e;
    if (e.topic == topic && !of_topic) of_topic = &e;
  }
  return of_topic;
}

std::string source_of_function(std::string_view file, std::string_view function) {
  for (const EmbeddedFile& f : programs) {
    if (f.name != file) continue;
    size_t begin = f.text.find(fmt::format(" {}(", function));
    if (begin == std::string_view::npos) return "";
    begin = f.text.rfind('\n', begin) + 1;
    int depth = 0;
    bool quoted = false;
    for (size_t i = begin; i < f.text.size(); i++) {
      if (f.text[i] == '"') quoted = !quoted;
      if (quoted) continue;
      if (f.text[i] == '{') depth++;
      if (f.text[i] == '}' && --depth == 0) return std::string(f.text.substr(begin, i + 1 - begin));
    }
  }
  return "";
}

/// A line of a log that no code says.
std::string explain_line(const LogLine& line, const Palette& p) {
  if (!line.loader.empty())
    return fmt::format("  ({}'s words)\n", line.loader) + paragraph(p, "What it means", line.meaning) +
           paragraph(p, "What to do", line.fix);
  if (line.topic == Topic::None_) return "It refuses nothing.\n" + paragraph(p, "What it means", line.meaning);
  const TopicInfo& t = topic_info(line.topic);
  return fmt::format("{}{}{}\n", p.bold, t.title, p.end) + paragraph(p, "What it means", t.cause) +
         paragraph(p, "Why the kernel insists", t.why) + paragraph(p, "What to do", t.fix);
}

std::string explain_code(Msg code, Topic topic, const Palette& p) {
  const MsgInfo& info = msg_info(code);
  const TopicInfo& t = topic_info(topic);
  const Note note = topic == info.topic ? note_of(code) : Note{};
  std::string out = fmt::format("{}{}{}: {}\n", p.bold, info.code, p.end, t.title);
  out += fmt::format("  the kernel's words  \"{}\"", plain_words(info.words));
  if (auto name = errno_name(info.errnum); !name.empty()) out += fmt::format(", with {}", name);
  out += "\n";
  out += paragraph(p, "What it means", note.cause.empty() ? t.cause : note.cause);
  if (!note.cause.empty() && note.cause != t.cause) out += wrapped(t.cause, "  ");
  out += paragraph(p, "Why the kernel insists", t.why);
  out += paragraph(p, "What to do", note.fix.empty() ? t.fix : note.fix);
  if (const Example* e = example_for(code, topic)) {
    const bool own = e->code == code;
    const char* as = own ? "" : ", with other words but for the same reason";
    out += fmt::format("\n{}A program that fails so{}{} (corpus/programs/{})\n{}", p.mark, p.end, as, e->file,
                       indented(source_of_function(e->file, e->fails), "  "));
    out += fmt::format("\n{}One that passes{}\n{}", p.mark, p.end,
                       indented(source_of_function(e->mended_file, e->mended), "  "));
  }
  return out;
}

std::optional<std::string> explain_loader_words(std::string_view line, const Palette& p) {
  for (const LoaderWords& l : loader_words)
    if (line.contains(l.words))
      return fmt::format("{}{}{}\n  (libbpf's words in place of the kernel's)\n\n", p.bold, trimmed(line), p.end) +
             explain_code(l.code, l.topic, p);
  return {};
}

/// "unknown#158": the kernel prints no name for a helper that it does not have.
std::string unknown_helper(const Recognised& r) {
  const auto id = r.code == Msg::InvalidFunc ? number_operand(r.code, r.operands, "id") : std::nullopt;
  if (!id || *id < 0 || static_cast<u64>(*id) >= helper_count()) return "";
  return fmt::format(
      "  Helper {0} is bpf_{1}. Test for it with bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_{1}).\n\n", *id,
      helper_name(static_cast<u32>(*id)));
}

std::string explain_recognised(const Recognised& r, const Palette& p) {
  return header(r, p) + unknown_helper(r) +
         (r.line ? explain_line(*r.line, p) : explain_code(r.code, closer_topic(r.code, r.operands), p));
}

std::optional<std::string> explain_name(std::string_view name, const Palette& p) {
  for (const Errno& e : errnos)
    if (e.name == name)
      return fmt::format("{}{}{} ({})\n", p.bold, e.name, p.end, e.number) + paragraph(p, "What it means", e.meaning);
  if (const RuleWords rule = rule_words(name); !rule.title.empty())
    return fmt::format("{}{}{}\n", p.bold, name, p.end) + paragraph(p, "What it means", rule.text) +
           paragraph(p, "What to do", rule.help);
  return {};
}

std::optional<std::string> explain_message(std::string_view line, const Palette& p) {
  if (auto words = explain_loader_words(line, p)) return words;
  auto r = recognise(line);
  if (!r) return {};
  return explain_recognised(*r, p);
}

std::string list_codes(const Palette& p) {
  std::string out;
  for (u16 t = 1; t < static_cast<u16>(Topic::count); t++) {
    const TopicInfo& topic = topic_info(static_cast<Topic>(t));
    std::string codes;
    for (u16 i = 1; i < static_cast<u16>(Msg::count); i++)
      if (const MsgInfo& m = msg_info(static_cast<Msg>(i)); m.topic == static_cast<Topic>(t) && m.errnum)
        codes += fmt::format("  {:<28} {}\n", m.code, plain_words(m.words));
    if (!codes.empty()) out += fmt::format("{}{}{}\n{}", p.bold, topic.title, p.end, codes);
  }
  return out;
}

std::vector<Msg> similar_codes(std::string_view text, size_t most) {
  auto words_of = [](std::string_view s) {
    std::vector<std::string> out(1);
    for (const unsigned char c : octets(s)) {
      if (std::isalnum(c))
        out.back() += static_cast<char>(std::tolower(c));
      else if (!out.back().empty())
        out.emplace_back();
    }
    std::erase_if(out, [](const std::string& w) { return w.size() < 3; });
    return out;
  };
  const auto wanted = words_of(text);
  std::vector<std::pair<size_t, Msg>> found;
  for (u16 i = 1; i < static_cast<u16>(Msg::count); i++) {
    const MsgInfo& m = msg_info(static_cast<Msg>(i));
    if (!m.errnum) continue;
    constexpr size_t mistyped = 1000;  // before all that share words only
    size_t score = is_near_name(text, m.code) ? mistyped : 0;
    for (const std::string& w : words_of(m.words)) score += static_cast<size_t>(std::ranges::count(wanted, w));
    if (score) found.emplace_back(score, static_cast<Msg>(i));
  }
  std::ranges::stable_sort(found, std::ranges::greater{}, [](const auto& f) { return f.first; });
  std::vector<Msg> out;
  for (size_t i = 0; i < std::min(most, found.size()); i++) out.push_back(found[i].second);
  return out;
}

}  // namespace bpfcheck::report
