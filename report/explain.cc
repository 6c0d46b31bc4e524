// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See explain.h.
#include "report/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/octets.h"
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

std::string_view errno_name(int n) {
  switch (n) {
    case 1:
      return "EPERM";
    case 2:
      return "ENOENT";
    case 7:
      return "E2BIG";
    case 9:
      return "EBADF";
    case 12:
      return "ENOMEM";
    case 13:
      return "EACCES";
    case 14:
      return "EFAULT";
    case 16:
      return "EBUSY";
    case 22:
      return "EINVAL";
    case 71:
      return "EPROTO";
    case 95:
      return "EOPNOTSUPP";
    case 524:
      return "ENOTSUPP";
    default:
      return "";
  }
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    auto nl = text.find('\n');
    std::string_view line = text.substr(0, nl);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    out.push_back(line);
    text.remove_prefix(nl == std::string_view::npos ? text.size() : nl + 1);
  }
  return out;
}

/// "12: (07) r1 += 4", perhaps after blanks.
bool is_instruction(std::string_view line) {
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  size_t digits = 0;
  while (digits < line.size() && std::isdigit(static_cast<unsigned char>(line[digits]))) digits++;
  return digits && line.substr(digits).starts_with(": (");
}

bool is_source(std::string_view line) { return line.starts_with("; "); }

/// "12: R0=..." and "from 4 to 7: R0=...": states, not words.
bool is_state(std::string_view line) {
  auto colon = line.find(": ");
  return colon != std::string_view::npos &&
         (line.substr(colon + 2).starts_with("R") || line.substr(colon + 2).starts_with("frame")) &&
         line.contains('=') && !is_instruction(line);
}

bool is_statistics(std::string_view line) {
  for (std::string_view s : {"processed ", "verification time", "stack depth", "-- END", "libbpf: failed",
                             "libbpf: prog", "-- BEGIN", "peak_states", "mark_precise", "last_idx", "regs="})
    if (line.starts_with(s)) return true;
  return false;
}

/// The value that a log shows last for a register: "pkt(r=0)" of "R1_w=pkt(r=0)".
std::string_view last_value(const std::vector<std::string_view>& lines, size_t end, std::string_view reg) {
  while (end-- > 0) {
    std::string_view line = lines[end];
    for (size_t at = line.rfind(reg); at != std::string_view::npos;
         at = at ? line.rfind(reg, at - 1) : std::string_view::npos) {
      size_t eq = at + reg.size();
      while (eq < line.size() && (line[eq] == '_' || std::islower(static_cast<unsigned char>(line[eq]))))
        eq++;  // R1_rw=
      if ((at && line[at - 1] != ' ') || eq >= line.size() || line[eq] != '=') continue;
      size_t stop = ++eq;
      for (int depth = 0; stop < line.size() && (depth > 0 || line[stop] != ' '); stop++)
        depth += line[stop] == '(' ? 1 : line[stop] == ')' ? -1 : 0;
      return line.substr(eq, stop - eq);
    }
  }
  return "";
}

/// What the log shows of the place before the line at `end`.
std::string place_in_log(const std::vector<std::string_view>& lines, size_t end, const Recognised& r,
                         const Palette& p) {
  std::string_view insn, source;
  for (size_t i = end; i-- > 0 && (insn.empty() || source.empty());) {
    if (insn.empty() && is_instruction(lines[i]))
      insn = lines[i];
    else if (source.empty() && is_source(lines[i]))
      source = lines[i];
  }
  std::string out;
  if (!source.empty()) out += fmt::format("  source line  {}\n", source.substr(2));
  if (!insn.empty()) out += fmt::format("  instruction  {}\n", insn);
  if (const auto regno = number_operand(r.code, r.operands, "regno")) {
    const std::string reg = fmt::format("R{}", *regno);
    if (auto value = last_value(lines, end, reg); !value.empty())
      out += fmt::format("  {:<11}  {}\n", reg + " there", value);
  }
  return out.empty() ? "" : fmt::format("\n{}Where, by the log{}\n{}", p.mark, p.end, out);
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

std::optional<std::string> explain_loader_words(std::string_view line, const Palette& p) {
  for (const LoaderWords& l : loader_words)
    if (line.contains(l.words))
      return fmt::format("{}{}{}\n  (libbpf's words in place of the kernel's)\n\n", p.bold, trimmed(line), p.end) +
             explain_code(l.code, l.topic, p);
  return {};
}

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

std::optional<std::string> explain_message(std::string_view line, const Palette& p) {
  if (auto words = explain_loader_words(line, p)) return words;
  auto r = recognise(line);
  if (!r) return {};
  return header(*r, p) + explain_code(r->code, closer_topic(r->code, r->operands), p);
}

std::optional<std::string> explain_log(std::string_view log, const Palette& p) {
  const auto lines = lines_of(log);
  for (size_t i = lines.size(); i-- > 0;) {
    if (lines[i].empty() || is_instruction(lines[i]) || is_source(lines[i]) || is_state(lines[i]) ||
        is_statistics(lines[i]))
      continue;
    if (auto words = explain_loader_words(lines[i], p)) return *words + place_in_log(lines, i, {}, p);
    auto r = recognise(lines[i]);
    if (!r || msg_info(r->code).topic == Topic::None_ || r->code == Msg::ValidatingFunc) continue;
    return header(*r, p) + explain_code(r->code, closer_topic(r->code, r->operands), p) + place_in_log(lines, i, *r, p);
  }
  return {};
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
    size_t score = 0;
    for (const std::string& w : words_of(m.words)) score += static_cast<size_t>(std::ranges::count(wanted, w));
    if (score) found.emplace_back(score, static_cast<Msg>(i));
  }
  std::ranges::stable_sort(found, std::ranges::greater{}, [](const auto& f) { return f.first; });
  std::vector<Msg> out;
  for (size_t i = 0; i < std::min(most, found.size()); i++) out.push_back(found[i].second);
  return out;
}

}  // namespace bpfcheck::report
