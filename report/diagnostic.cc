// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See diagnostic.h.
#include "report/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/advice.h"
#include "report/words.h"
#include "verifier_sim/log/insn_text.h"

namespace bpfcheck::report {
namespace {

constexpr u32 context_lines = 2;
constexpr size_t most_entries = 9;

/// Topics where the way, not a value, explains: a path that ends without releasing, returning, writing.
bool explained_by_branches(Topic t) {
  switch (t) {
    case Topic::UninitRegister: case Topic::UninitStack: case Topic::ReferenceLeak: case Topic::ReturnValue: case Topic::LockMisuse:
    case Topic::RcuMisuse: case Topic::IrqMisuse: case Topic::UnboundedLoop: return true;
    default: return false;
  }
}

/// The slots of the failing frame that words on uninitialised stack name by a pointer in the subject register.
CauseQuery query_for(const Facts& f) {
  CauseQuery q;
  q.branches = explained_by_branches(f.topic);
  if (f.reg >= 0 && f.on_path()) q.regs.push_back(f.reg);
  if (f.topic == Topic::ReferenceLeak)
    for (const auto& [code, operands] : f.trace.notes)
      if (code == Msg::UnreleasedReference && operands.size() > 1)
        if (auto insn = std::get_if<s64>(&operands[1])) q.since_insn = static_cast<int>(*insn);
  return q;
}

/// One entry a source line: neighbouring events of the same line belong together, and mere copies give way to what says more.
std::vector<PathEntry> entries_of(const loader::LinkedProgram& prog, const std::vector<Event>& events) {
  std::vector<PathEntry> out;
  for (size_t i = 0; i < events.size();) {
    const SourceLine line = source_of(prog, events[i].insn);
    size_t end = i + 1;
    auto same_line = [&](const Event& e) {
      const SourceLine l = source_of(prog, e.insn);
      return line.known() && l.line == line.line && l.file == line.file;
    };
    while (end < events.size() && same_line(events[end])) end++;
    const bool only_copies = std::all_of(events.begin() + static_cast<long>(i), events.begin() + static_cast<long>(end), [](const Event& e) { return e.kind == Event::Kind::Copied; });
    PathEntry entry{line, events[i].insn, {}, {}};
    for (; i < end; i++) {
      const Event& e = events[i];
      if (e.kind == Event::Kind::Copied && !only_copies) continue;
      std::string words = e.words;
      if (e.times > 1) words += fmt::format(" ({} times round the loop; this is the last)", e.times);
      entry.words.push_back(std::move(words));
      entry.steps.push_back(static_cast<u32>(e.step));
    }
    out.push_back(std::move(entry));
  }
  return out;
}

void shorten(std::vector<PathEntry>& path, size_t& left_out) {
  if (path.size() <= most_entries) return;
  left_out = path.size() - most_entries;
  path.erase(path.begin() + 1, path.begin() + 1 + static_cast<long>(left_out));
}

std::vector<std::string> values_of(const Facts& f, const Insn& insn) {
  if (!f.on_path()) return {};
  std::vector<std::string> out;
  auto put = [&](u32 r) {
    const sim::Reg& reg = f.trace.last().regs[r];
    std::string words = fmt::format("r{} is {}", r, describe(reg));
    if (std::ranges::find(out, words) == out.end()) out.push_back(std::move(words));
  };
  if (f.reg >= 0) put(static_cast<u32>(f.reg));
  const u8 cls = insn.cls();
  const bool two = insn.src_is_reg() && insn.op() != bpf::END && (cls == bpf::ALU || cls == bpf::ALU64 || is_conditional(insn));
  if (two) {
    put(insn.dst);
    put(insn.src);
  }
  return out;
}

void locate(Diagnostic& d, const Facts& f, const std::string& object_path) {
  if (!f.insn) return;
  d.insn = f.insn;
  d.insn_words = sim::insn_text(f.prog, f.prog.insns, *f.insn);
  d.function = function_of(f.prog, *f.insn);
  d.at = source_of(f.prog, *f.insn);
  d.excerpt = excerpt_of(f.prog, object_path, d.at, context_lines);
  d.values = values_of(f, f.prog.insns[*f.insn]);
}

}  // namespace

Diagnostic diagnose(const loader::LinkedProgram& prog, const Trace& trace, const std::string& object_path, const std::string& kernel_words) {
  const sim::Reject& reject = trace.verdict.reject;
  Facts facts{prog, trace, reject, topic_of(prog, reject), {}, -1, {}};
  facts.insn = place_of(prog, trace, reject);
  facts.reg = subject_of(prog, trace, reject, facts.insn);
  facts.events = causal_path(trace, prog, query_for(facts));

  Diagnostic d;
  if (reject.code != Msg::None) d.code = msg_info(reject.code).code;
  d.topic = facts.topic;
  d.title = topic_info(d.topic).title;
  d.kernel_words = kernel_words;
  if (reject.code != Msg::None && reject.text() != kernel_words) d.earlier_words = reject.text();
  locate(d, facts, object_path);
  d.path = entries_of(prog, facts.events);
  shorten(d.path, d.path_left_out);
  d.trace_length = trace.steps.size();
  Advice a = advise(facts);
  d.reason = std::move(a.reason);
  d.suggestion = std::move(a.suggestion);
  if (d.title.empty()) d.title = "refused by the verifier";
  if (d.reason.empty()) d.reason = "The kernel gives no words for this refusal, only the error number.";
  return d;
}

Diagnostic diagnose(const loader::LinkedProgram& prog, const Target& target, const sim::Verdict& verdict, const std::string& object_path,
                    const std::string& kernel_words) {
  // Where the paths are too many, none of them explains it.
  const bool pathless = msg_info(verdict.reject.code).topic == Topic::TooComplex;
  return diagnose(prog, trace_path(prog, target, pathless ? 0 : longest_path), object_path, kernel_words);
}

}  // namespace bpfcheck::report
