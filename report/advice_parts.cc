// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See advice_parts.h.
#include "report/advice_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "report/words.h"

namespace bpfcheck::report {

bool is_memory_access(const Insn& i) { return i.cls() == bpf::LDX || i.cls() == bpf::ST || i.cls() == bpf::STX; }
u32 bytes_moved(const Insn& i) { return static_cast<u32>(bpf::bytes_of(i.size())); }

const Insn* failing_insn(const Facts& f) {
  return f.insn && *f.insn < f.prog.insns.size() ? &f.prog.insns[*f.insn] : nullptr;
}

bool fails_at_call(const Facts& f) {
  const Insn* insn = failing_insn(f);
  return insn && is_call(*insn);
}

std::string line_words(const loader::LinkedProgram& prog, u32 insn) {
  const SourceLine l = source_of(prog, insn);
  return l.known() && !is_asm_line(l) ? fmt::format("line {}", l.line) : fmt::format("instruction {}", insn);
}

std::string assigned_variable(const SourceLine& line, const char* fallback) {
  const std::string& s = line.text;
  const auto eq = s.find(" = ");
  if (eq == std::string::npos) return fallback;
  size_t end = eq, begin = end;
  auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  while (begin > 0 && is_word(s[begin - 1])) begin--;
  return begin == end ? fallback : s.substr(begin, end - begin);
}

const Event* last_of(const Facts& f, Event::Kind kind) {
  auto it = std::ranges::find(f.events.rbegin(), f.events.rend(), kind, &Event::kind);
  return it == f.events.rend() ? nullptr : &*it;
}

const Event* made_by_call(const Facts& f) {
  const Event* made = nullptr;
  for (const Event& e : f.events)
    if (e.kind == Event::Kind::Made && is_call(f.prog.insns[e.insn])) made = &e;
  return made;
}

std::string event_words(const Facts& f, const Event& e) {
  const std::string where = line_words(f.prog, e.insn);
  return is_call(f.prog.insns[e.insn]) ? fmt::format("{}() in {}", callee_name(f.prog, e.insn), where) : where;
}

std::string argument_words(const Facts& f) {
  if (f.reg < 1 || f.reg > 5 || !fails_at_call(f)) return "";
  return fmt::format("Argument {} of {}()", f.reg, callee_name(f.prog, *f.insn));
}

std::string argument_value_words(const Facts& f) {
  const std::string arg = argument_words(f);
  const sim::Reg* r = f.value();
  return arg.empty() || !r ? "" : fmt::format("{} (r{}) is {}", arg, f.reg, describe(*r));
}

std::string origin_words(const Facts& f) {
  if (const Event* e = made_by_call(f)) return event_words(f, *e);
  if (const Event* e = last_of(f, Event::Kind::Made); e && f.prog.insns[e->insn].cls() == bpf::LDX) {
    const bool context = f.trace.steps[e->step].regs[f.prog.insns[e->insn].src].base() == PTR_TO_CTX;
    return context ? fmt::format("the program's context in {}", line_words(f.prog, e->insn))
                   : fmt::format("memory, read in {}", line_words(f.prog, e->insn));
  }
  if (const Event* e = last_of(f, Event::Kind::Start))
    return e->insn == 0 ? "the program's own arguments" : "the arguments of this function";
  return "";
}

std::optional<s64> stack_offset(const Facts& f, const sim::Reg& r) {
  if (!f.on_path() || r.type != PTR_TO_STACK || !r.is_const() || r.frameno != f.trace.last().frame) return {};
  return s64{r.off} + static_cast<s64>(r.var_off().value);
}

}  // namespace bpfcheck::report
