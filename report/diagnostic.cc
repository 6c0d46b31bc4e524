// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See diagnostic.h.
#include "report/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "report/advice.h"
#include "report/words.h"
#include "verifier_sim/program/insn_text.h"

namespace bpfcheck::report {
namespace {

constexpr u32 context_lines = 2;
constexpr size_t most_entries = 9;

/// Topics where the way, not a value, explains: a path that ends without releasing, returning, writing.
bool explained_by_branches(Topic t) {
  switch (t) {
    case Topic::UninitRegister:
    case Topic::UninitStack:
    case Topic::ReferenceLeak:
    case Topic::ReturnValue:
    case Topic::LockMisuse:
    case Topic::RcuMisuse:
    case Topic::IrqMisuse:
    case Topic::UnboundedLoop:
      return true;
    default:
      return false;
  }
}

constexpr std::string_view spin_locks[] = {
    "bpf_spin_lock",       "bpf_spin_unlock",           "bpf_res_spin_lock",
    "bpf_res_spin_unlock", "bpf_res_spin_lock_irqsave", "bpf_res_spin_unlock_irqrestore"};
constexpr std::string_view rcu_sections[] = {"bpf_rcu_read_lock", "bpf_rcu_read_unlock"};
constexpr std::string_view preemption[] = {"bpf_preempt_disable", "bpf_preempt_enable"};
constexpr std::string_view interrupts[] = {"bpf_local_irq_save", "bpf_local_irq_restore"};

/// The functions whose calls explain a rejection: which lock or section is open, and since when.
std::vector<std::string_view> calls_to_tell(const Facts& f) {
  std::vector<std::string_view> out;
  auto put = [&](const auto& names) { out.insert(out.end(), std::begin(names), std::end(names)); };
  if (f.reject.code == Msg::LeakPreempt || f.reject.code == Msg::PreemptUnmatched)
    put(preemption);
  else if (f.topic == Topic::LockMisuse)
    put(spin_locks);
  else if (f.topic == Topic::RcuMisuse)
    put(rcu_sections);
  else if (f.topic == Topic::IrqMisuse)
    put(interrupts);
  else if (f.topic == Topic::Sleepable)
    for (const auto& names :
         {std::span<const std::string_view>(rcu_sections), std::span<const std::string_view>(preemption),
          std::span<const std::string_view>(interrupts)})
      put(names);
  return out;
}

/// Where a stack slot explains and not only what points to it.
bool explained_by_slot(Topic t) {
  return t == Topic::Dynptr || t == Topic::Iterator || t == Topic::IrqMisuse || t == Topic::UninitStack ||
         t == Topic::ReferenceMisuse;
}

CauseQuery query_for(const Facts& f) {
  CauseQuery q;
  q.branches =
      explained_by_branches(f.topic) && f.reject.code != Msg::GraphLockNotHeld && f.reject.code != Msg::UnlockOther;
  q.calls = calls_to_tell(f);
  q.follow_calls = f.reject.code == Msg::UnlockOther || f.reject.code == Msg::UnlockOutOfOrder;
  if (f.reg >= 0 && f.on_path()) q.regs.push_back(f.reg);
  if (const sim::Reg* r = f.value(); r && explained_by_slot(f.topic) && r->type == PTR_TO_STACK &&
                                     r->smin() >= -bpf::MAX_STACK && r->smax() <= bpf::MAX_STACK &&
                                     r->frameno == f.trace.last().frame) {
    const Insn& insn = f.prog.insns[*f.insn];
    const bool access = insn.cls() == bpf::LDX || insn.cls() == bpf::ST || insn.cls() == bpf::STX;
    if (const s64 at = s64{r->off} + r->smin() + (access ? insn.off : 0); at < 0 && at >= -bpf::MAX_STACK)
      q.slots.push_back(static_cast<int>((-at - 1) / bpf::REG_SIZE));
  }
  if (f.topic == Topic::ReferenceLeak)
    for (const auto& [code, operands] : f.trace.notes)
      if (code == Msg::UnreleasedReference && operands.size() > 1)
        if (auto insn = std::get_if<s64>(&operands[1])) q.since_insn = static_cast<int>(*insn);
  return q;
}

/// One entry a source line: neighbouring events of the same line belong together, and mere copies give way to what says
/// more.
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
    const bool only_copies = std::all_of(events.begin() + static_cast<long>(i), events.begin() + static_cast<long>(end),
                                         [](const Event& e) { return e.kind == Event::Kind::Copied; });
    PathEntry entry{line, events[i].insn, {}, {}};
    for (; i < end; i++) {
      const Event& e = events[i];
      if (e.kind == Event::Kind::Copied && !only_copies) continue;
      std::string words = is_asm_line(line) ? fmt::format("instruction {}: {}", e.insn, e.words) : e.words;
      if (e.times > 1) words += fmt::format(" ({} times round the loop; this is the last)", e.times);
      if (entry.words.empty() || entry.words.back() != words) entry.words.push_back(std::move(words));
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
    if (r >= bpf::MAX_REG) return;
    const sim::Reg& reg = f.trace.last().regs[r];
    std::string words = fmt::format("r{} is {}", r, describe(reg));
    if (std::ranges::find(out, words) == out.end()) out.push_back(std::move(words));
  };
  if (f.reg >= 0) put(static_cast<u32>(f.reg));
  const u8 cls = insn.cls();
  const bool two =
      insn.src_is_reg() && insn.op() != bpf::END && (cls == bpf::ALU || cls == bpf::ALU64 || is_conditional(insn));
  if (two) {
    put(insn.dst);
    put(insn.src);
  }
  return out;
}

/// The instructions around one of inline assembly: all have one source line, which says little.
std::vector<std::pair<u32, std::string>> neighbours_of(const loader::LinkedProgram& prog, u32 insn) {
  constexpr u32 around = 3;
  std::vector<std::pair<u32, std::string>> out;
  for (u32 i = insn > around ? insn - around : 0; i < prog.insns.size() && i <= insn + 1; i++) {
    if (i > 0 && prog.insns[i - 1].code == bpf::LD_IMM64) continue;  // its second half
    if (function_of(prog, i) == function_of(prog, insn)) out.emplace_back(i, sim::insn_text(prog, prog.insns, i));
  }
  return out;
}

/// Where a path ends whose exit has the line of another: compilers let several returns share one exit, and a macro
/// around the function gives it the function's first line. Then it is the last line that this path came by.
SourceLine last_line_before_exit(const Facts& f, const SourceLine& own) {
  if (f.prog.insns[*f.insn].op() != bpf::EXIT) return own;
  const auto& steps = f.trace.steps;
  for (size_t i = steps.size() - 1; i-- > 0;) {
    if (steps[i].frame != steps.back().frame || function_of(f.prog, steps[i].insn) != function_of(f.prog, *f.insn))
      continue;
    if (const SourceLine l = source_of(f.prog, steps[i].insn); l.file == own.file && l.line != own.line)
      return l.line > own.line ? l : own;
  }
  return own;
}

void locate(Diagnostic& d, const Facts& f, const std::string& object_path) {
  if (!f.insn) return;
  d.insn = f.insn;
  d.insn_words = sim::insn_text(f.prog, f.prog.insns, *f.insn);
  d.function = function_of(f.prog, *f.insn);
  d.at = source_of(f.prog, *f.insn);
  if (f.on_path() && d.at.known()) d.at = last_line_before_exit(f, d.at);
  if (!d.at.known() || is_asm_line(d.at)) d.neighbours = neighbours_of(f.prog, *f.insn);
  d.excerpt = excerpt_of(f.prog, object_path, d.at, context_lines);
  d.values = values_of(f, f.prog.insns[*f.insn]);
  const Insn& insn = f.prog.insns[*f.insn];
  if (f.topic == Topic::MapUse && insn.code == bpf::LD_IMM64 &&
      (insn.src == bpf::PSEUDO_MAP_FD || insn.src == bpf::PSEUDO_MAP_VALUE) &&
      static_cast<size_t>(insn.imm) < f.prog.maps.size()) {
    const loader::MapDef& map = *f.prog.maps[static_cast<size_t>(insn.imm)];
    d.values.push_back(fmt::format("it loads the map `{}`", map.elf_name.empty() ? map.name : map.elf_name));
  }
}

}  // namespace

Diagnostic diagnose(const loader::LinkedProgram& prog, const Trace& trace, const std::string& object_path,
                    const std::string& kernel_words) {
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
  if (const auto* before = said_before(trace, reject))
    d.earlier_words = format_message(before->first, before->second, trace.wording);
  else if (reject.code != Msg::None && reject.text(trace.wording) != kernel_words)
    d.earlier_words = reject.text(trace.wording);
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

Diagnostic diagnose(const loader::LinkedProgram& prog, const Target& target, const sim::Verdict& verdict,
                    const std::string& object_path, const std::string& kernel_words) {
  // Where the paths are too many, none of them explains it.
  const bool pathless = msg_info(verdict.reject.code).topic == Topic::TooComplex;
  return diagnose(prog, trace_path(prog, target, pathless ? 0 : longest_path), object_path, kernel_words);
}

std::optional<Diagnostic> diagnose(const judge::Judgement& j, const loader::Object& object,
                                   const loader::ObjectProgram& program, const Target& target) {
  if (!j.refused_by_verifier()) return std::nullopt;
  return diagnose(judge::with_lines(j, object, program, target), target, j.verdict, object.path, j.message);
}

}  // namespace bpfcheck::report
