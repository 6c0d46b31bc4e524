// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See trace.h.
#include "report/trace.h"

#include <algorithm>

#include "verifier_sim/verify.h"

namespace bpfcheck::report {
namespace {

using sim::Env;
using sim::State;

/// Every instruction simulated, each with the one before it on its path: a tree, of which one branch is the answer.
class PathFinder : public sim::Observer {
 public:
  static constexpr u32 none = ~0u;
  std::vector<u32> visits;

  void on_enter(const Env&, u32) override {
    at_ = none;
    pushed_.clear();
  }
  void on_insn(const Env& env, u32 insn, const State&, bool) override {
    if (visits.empty()) visits.resize(env.prog.insns.size());
    visits[insn]++;
    before_.push_back(at_);
    at_ = static_cast<u32>(before_.size()) - 1;
  }
  void on_rewind(const Env&) override { at_ = none; }  // what passed is not where it failed
  void on_push(const Env&) override { pushed_.push_back(at_); }
  void on_resume(const Env&) override {
    if (pushed_.empty()) return;
    at_ = pushed_.back();
    pushed_.pop_back();
  }

  /// Ordinals of the instructions on the path to the end, ascending, at most `limit` of them.
  std::vector<u32> path(size_t limit, size_t& left_out) const {
    std::vector<u32> out;
    for (u32 i = at_; i != none; i = before_[i]) {
      if (out.size() < limit)
        out.push_back(i);
      else
        left_out++;
    }
    std::ranges::reverse(out);
    return out;
  }

 private:
  u32 at_ = none;
  std::vector<u32> before_, pushed_;
};

bool same_slots(const Slots& a, const Slots& b) {
  return std::ranges::equal(a, b, [](const sim::StackSlot& x, const sim::StackSlot& y) {
    return std::ranges::equal(x.slot, y.slot) && (!x.is_spilled_reg() || same_reg(x.spilled, y.spilled));
  });
}

/// Copies the states at given ordinals.
class StateCopier : public sim::Observer {
 public:
  StateCopier(Trace& trace, std::vector<u32> ordinals) : trace_(trace), ordinals_(std::move(ordinals)) {
    trace_.steps.reserve(ordinals_.size());
  }

  void on_insn(const Env& env, u32 insn, const State& st, bool) override {
    const u32 ordinal = seen_++;
    if (next_ == ordinals_.size() || ordinals_[next_] != ordinal) return;
    next_++;
    if (trace_.maps.empty()) trace_.maps = env.prog.maps;
    const sim::Frame& f = st.cur();
    Step& step = trace_.steps.emplace_back();
    step.insn = insn;
    step.frame = st.curframe;
    step.regs = f.regs;
    if (!last_ || !same_slots(*last_, f.stack)) last_ = std::make_shared<const Slots>(f.stack);
    step.stack = last_;
  }
  void on_note(const Env&, Msg m, const Operands& operands) override {
    constexpr size_t kept = 8;
    if (trace_.notes.size() == kept) trace_.notes.erase(trace_.notes.begin());
    trace_.notes.emplace_back(m, operands);
  }

 private:
  Trace& trace_;
  std::vector<u32> ordinals_;
  std::shared_ptr<const Slots> last_;
  size_t next_ = 0;
  u32 seen_ = 0;
};

}  // namespace

bool same_reg(const sim::Reg& a, const sim::Reg& b) {
  return a.type == b.type && a.off == b.off && a.id == b.id && a.ref_obj_id == b.ref_obj_id && a.frameno == b.frameno &&
         a.u == b.u && static_cast<const sim::Scalar&>(a) == static_cast<const sim::Scalar&>(b);
}

Trace trace_path(const loader::LinkedProgram& prog, const Target& target, size_t limit) {
  Trace trace;
  PathFinder finder;
  trace.verdict = sim::verify(prog, target, &finder);
  trace.wording = target.wording;
  trace.visits = std::move(finder.visits);
  if (!limit) return trace;
  StateCopier copier(trace, finder.path(limit, trace.left_out));
  sim::verify(prog, target, &copier);
  return trace;
}

}  // namespace bpfcheck::report
