// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See exploration.h.
#include "report/exploration.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "report/trace.h"
#include "report/words.h"
#include "verifier_sim/log/state_text.h"
#include "verifier_sim/program/insn_text.h"
#include "verifier_sim/verify.h"

namespace bpfcheck::report {
namespace {

using sim::Env;
using sim::State;
using Explored = ExploredStep;

/// Counts the steps and finds those on the path to the end.
class Counter : public sim::Observer {
 public:
  std::vector<u32> before, visits;

  void on_enter(const Env&, u32) override {
    at_ = Explored::nowhere;
    pushed_.clear();
  }
  void on_insn(const Env& env, u32 insn, const State&, bool) override {
    if (visits.empty()) visits.resize(env.prog.insns.size());
    visits[insn]++;
    before.push_back(at_);
    at_ = static_cast<u32>(before.size()) - 1;
  }
  void on_rewind(const Env&) override { at_ = Explored::nowhere; }
  void on_push(const Env&) override { pushed_.push_back(at_); }
  void on_resume(const Env&) override {
    if (pushed_.empty()) return;
    at_ = pushed_.back();
    pushed_.pop_back();
  }
  u32 end() const { return at_; }

 private:
  u32 at_ = Explored::nowhere;
  std::vector<u32> pushed_;
};

constexpr u32 places = bpf::MAX_REG + bpf::MAX_STACK / bpf::REG_SIZE;

class Recorder : public sim::Observer {
 public:
  Recorder(Exploration& out, u32 first) : out_(out), first_(first) {
    out_.values.push_back({"", ""});
    ids_.emplace("", 0);
  }

  void on_enter(const Env&, u32) override {
    entered_ = true;
    at_ = Explored::nowhere;
    pushed_.clear();
  }
  void on_insn(const Env& env, u32 insn, const State& st, bool) override {
    const u32 ordinal = seen_++;
    const bool resumed = std::exchange(resumed_, false), entered = std::exchange(entered_, false);
    const u32 before = std::exchange(at_, ordinal);
    if (ordinal < first_) return;
    Explored& s = out_.steps.emplace_back();
    s.insn = insn;
    s.frame = static_cast<u8>(st.curframe);
    s.before = before == Explored::nowhere || before < first_ ? Explored::nowhere : before - first_;
    s.flags = static_cast<u8>((resumed ? Explored::Resumed : 0) | (entered ? Explored::Enter : 0));
    const size_t known = out_.changes.size();
    const sim::Frame& f = st.cur();
    for (u32 r = 0; r < bpf::MAX_REG; r++)
      if (!same_here(last_.regs[r], f.regs[r], f))
        put(static_cast<u8>(r), sim::reg_text(f, r, env.target.wording.types()), f.regs[r]);
    for (u32 i = 0; i < std::max(f.stack.size(), last_.stack.size()) && i + bpf::MAX_REG < places; i++) {
      const bool was = i < last_.stack.size(), is = i < f.stack.size();
      if (was && is && same_slot(last_.stack[i], f.stack[i], f)) continue;
      put(static_cast<u8>(bpf::MAX_REG + i), is ? sim::slot_text(f, i, env.target.wording.types()) : "",
          is && f.stack[i].is_spilled_reg() ? *f.stack[i].spilled : sim::Reg{});
    }
    last_ = f;
    s.changes = static_cast<u32>(out_.changes.size() - known);
  }
  void on_push(const Env&) override {
    pushed_.push_back(at_);
    mark(Explored::Fork);
  }
  void on_resume(const Env&) override {
    if (!pruned_) mark(Explored::Ends);
    pruned_ = false;
    if (pushed_.empty()) return;
    at_ = pushed_.back();
    pushed_.pop_back();
    resumed_ = true;
  }
  void on_prune(const Env&, u32, u32, bool) override {
    mark(Explored::Pruned);
    pruned_ = true;
  }
  void on_rewind(const Env&) override {
    if (!pruned_) mark(Explored::Ends);
    pruned_ = false;
    at_ = Explored::nowhere;
  }
  void on_note(const Env& env, Msg m, const Operands& operands) override {
    constexpr size_t most = 20000;
    if (out_.steps.empty() || m == Msg::None || out_.remarks.size() == most) return;
    out_.remarks.emplace_back(static_cast<u32>(out_.steps.size()) - 1, format_message(m, operands, env.target.wording));
  }

 private:
  void mark(Explored::Flag flag) {
    if (at_ != Explored::nowhere && at_ >= first_ && at_ - first_ < out_.steps.size())
      out_.steps[at_ - first_].flags |= flag;
  }
  /// Stack pointers print by the frame that looks at them.
  bool same_here(const sim::Reg& a, const sim::Reg& b, const sim::Frame& f) const {
    return same_reg(a, b) && a.precise == b.precise && (b.base() != PTR_TO_STACK || last_.frameno == f.frameno);
  }
  bool same_slot(const sim::StackSlot& a, const sim::StackSlot& b, const sim::Frame& f) const {
    return std::ranges::equal(a.slot, b.slot) && same_here(a.spilled, b.spilled, f);
  }
  void put(u8 place, std::string notation, const sim::Reg& reg) {
    auto [it, fresh] = ids_.try_emplace(std::move(notation), static_cast<u32>(out_.values.size()));
    if (fresh) out_.values.push_back({it->first, reg.type == NOT_INIT ? "" : describe(reg)});
    if (now_[place] == it->second) return;
    now_[place] = it->second;
    out_.changes.push_back({place, it->second});
  }

  Exploration& out_;
  const u32 first_;
  u32 seen_ = 0, at_ = Explored::nowhere;
  std::vector<u32> pushed_;
  bool resumed_ = false, entered_ = false, pruned_ = false;
  sim::Frame last_;
  u32 now_[places] = {};
  std::unordered_map<std::string, u32> ids_;
};

void list_code(Exploration& out, const loader::LinkedProgram& prog, const std::string& object_path) {
  constexpr u32 around = 3;
  std::map<std::pair<std::string, u32>, std::pair<std::string, bool>> lines;
  std::map<std::string, std::pair<u32, u32>> spans;
  for (u32 i = 0; i < prog.insns.size(); i++) {
    const SourceLine l = source_of(prog, i);
    if (!l.known()) continue;
    auto& known = lines[{l.file, l.line}];
    if (known.first.empty()) known.first = l.text;
    known.second = true;
    auto [span, fresh] = spans.try_emplace(l.file, l.line, l.line);
    span->second = {std::min(span->second.first, l.line), std::max(span->second.second, l.line)};
  }
  for (const auto& [file, span] : spans) {
    const u32 middle = span.first + (span.second - span.first) / 2;
    auto at =
        std::ranges::find_if(lines, [&](const auto& l) { return l.first.first == file && l.first.second >= middle; });
    const Excerpt whole =
        excerpt_of(prog, object_path, {file, at->first.second, 0, at->second.first}, span.second - span.first + around);
    if (!whole.from_file) continue;
    for (const SourceLine& l : whole.lines)
      if (l.line + around >= span.first && l.line <= span.second + around)
        lines.try_emplace({file, l.line}, l.text, false);
  }
  std::map<std::pair<std::string, u32>, int> index;
  for (const auto& [at, line] : lines) {
    index[at] = static_cast<int>(out.source.size());
    out.source.push_back({at.first, at.second, 0, line.first});
    out.has_code.push_back(line.second);
  }
  bool second_half = false;
  for (u32 i = 0; i < prog.insns.size(); i++) {
    const SourceLine l = source_of(prog, i);
    Exploration::Line line{second_half ? "" : sim::insn_text(prog, prog.insns, i), function_of(prog, i), -1};
    if (auto it = index.find({l.file, l.line}); l.known() && it != index.end()) line.source = it->second;
    second_half = !second_half && prog.insns[i].cls() == bpf::LD && prog.insns[i].mode() == bpf::IMM;
    out.code.push_back(std::move(line));
  }
}

}  // namespace

Exploration explore(const loader::LinkedProgram& prog, const Target& target, const std::string& object_path,
                    size_t limit) {
  Exploration out;
  Counter counter;
  const sim::Verdict verdict = sim::verify(prog, target, &counter);
  out.total = counter.before.size();
  out.visits = std::move(counter.visits);
  out.visits.resize(prog.insns.size());
  list_code(out, prog, object_path);
  const u32 first = static_cast<u32>(counter.before.size() - std::min(counter.before.size(), limit));
  Recorder recorder(out, first);
  sim::verify(prog, target, &recorder);
  if (verdict.kind != sim::Verdict::Kind::Accept)
    for (u32 i = counter.end(); i != Explored::nowhere && i >= first && i - first < out.steps.size();
         i = counter.before[i])
      out.steps[i - first].flags |= Explored::OnPath;
  else if (!out.steps.empty())
    out.steps.back().flags |= Explored::Ends;
  return out;
}

}  // namespace bpfcheck::report
