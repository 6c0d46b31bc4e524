// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See stack_depth.h.
#include "verifier_sim/flow/stack_depth.h"

#include <algorithm>
#include <ranges>

#include "kernel_db/helper_ids.h"
#include "verifier_sim/flow/subprogs.h"
#include "verifier_sim/program/call_kind.h"

namespace bpfcheck::sim {
namespace {

constexpr int min_private_stack = 64;  ///< BPF_PRIV_STACK_MIN_SIZE
constexpr int max_caller_stack_before_tail_call = 256;

int round_up_depth(const Program& prog, int depth) {
  const bool native = prog.target.jit && prog.target.has(Feature::native_stack_steps);
  const int unit = native ? 16 : 32;
  if (!native) depth = std::max(depth, 1);
  return (depth + unit - 1) / unit * unit;
}

/// bpf_enable_priv_stack
PrivStack private_stack_mode(const Program& prog) {
  const bool jit_has = (prog.target.arch == Arch::x86_64 && prog.target.has(Feature::private_stack)) ||
                       (prog.target.arch == Arch::arm64 && prog.target.has(Feature::private_stack_arm64));
  if (!prog.target.jit || !jit_has) return PrivStack::None;
  switch (prog.linked.type) {
    case ProgType::KPROBE:
    case ProgType::TRACEPOINT:
    case ProgType::PERF_EVENT:
    case ProgType::RAW_TRACEPOINT:
      return PrivStack::Adaptive;
    case ProgType::TRACING:
      return prog.priv_stack_requested || prog.expected_attach_type != static_cast<u32>(AttachType::TRACE_ITER)
                 ? PrivStack::Adaptive
                 : PrivStack::None;
    case ProgType::LSM:
      return prog.priv_stack_requested ? PrivStack::Adaptive : PrivStack::None;
    case ProgType::STRUCT_OPS:
      return prog.priv_stack_requested || prog.jits_use_priv_stack ? PrivStack::Adaptive : PrivStack::None;
    default:
      return PrivStack::None;
  }
}

/// Follows every call from one entry, depth first, as the instructions stand.
class CallWalk {
 public:
  CallWalk(Program& prog, Notes& notes, u32 entry, bool private_stack)
      : prog_(prog),
        notes_(notes),
        entry_(entry),
        private_stack_(private_stack),
        reaches_tail_call_(prog.subprog_cnt) {}

  Stop run() {
    idx_ = entry_;
    i_ = prog_.subprogs[idx_].start;
    if (Stop stop = enter()) return stop;
    for (;;) {
      bool called = false;
      for (u32 end = prog_.subprogs[idx_ + 1].start; i_ < end; i_++) {
        if (Stop stop = step(called)) return stop;
        if (called) break;
      }
      if (called) {
        if (Stop stop = enter()) return stop;
        continue;
      }
      if (Stop stop = leave()) return stop;
      if (done_) return go_on;
    }
  }

 private:
  struct Return {
    u32 insn, subprog;
  };

  Stop enter() {
    Subprog& sub = prog_.subprogs[idx_];
    if (!private_stack_) sub.priv_stack_mode = PrivStack::None;
    if (sub.has_ld_abs && prog_.target.has(Feature::loads_outside_callbacks) && within_callback())
      return notes_.reject(Msg::LdAbsInCallback);
    if (idx_ && sub.has_tail_call && depth_ >= max_caller_stack_before_tail_call)
      return notes_.reject(Msg::TailCallStackTooLarge, depth_);
    int own = round_up_depth(prog_, sub.stack_depth);
    if (private_stack_ && sub.priv_stack_mode == PrivStack::Unknown && own >= min_private_stack)
      sub.priv_stack_mode = PrivStack::Adaptive;
    if (sub.priv_stack_mode == PrivStack::Adaptive) {
      if (own > bpf::MAX_STACK) return notes_.reject(Msg::SubprogStackTooLarge, idx_, own);
    } else {
      depth_ += own;
      if (depth_ > bpf::MAX_STACK) return notes_.reject(Msg::CombinedStackTooLarge, frames_.size() + 1, depth_);
    }
    return go_on;
  }

  /// One instruction; `called`: a subprogram was entered.
  Stop step(bool& called) {
    const Insn& insn = prog_.insns[i_];
    if (bpf_pseudo_kfunc_call(&insn) && !insn.off) return check_throw(insn);
    if (!bpf_pseudo_call(&insn) && !bpf_pseudo_func(&insn)) return go_on;
    int target = static_cast<int>(i_) + insn.imm + 1;
    const std::optional<u32> sidx = find_subprog(prog_, target);
    if (!sidx) return notes_.unsupported("verifier bug: callee not found");
    Subprog& callee = prog_.subprogs[*sidx];
    if (callee.is_async_cb) {
      if (callee.has_tail_call) return notes_.unsupported("verifier bug: tail call in an async callback");
      if (!bpf_pseudo_call(&insn)) return go_on;
      if (callee.is_exception_cb) return notes_.reject(Msg::CannotCallExceptionCb, i_);
    }
    frames_.push_back({i_ + 1, idx_});
    i_ = static_cast<u32>(target);
    idx_ = *sidx;
    if (!private_stack_) callee.priv_stack_mode = PrivStack::None;
    if (prog_.target.has(Feature::frames_from_globals))
      tail_call_reachable_ = callee.has_tail_call;
    else
      tail_call_reachable_ |= callee.has_tail_call;
    if (const size_t frame = frame_number(); frame >= call_frames(prog_.target))
      return notes_.reject(Msg::CallStackTooDeep, frame);
    called = true;
    return go_on;
  }

  /// Frames below the current one: a global function is verified by itself, newer kernels count its callees from it.
  size_t frame_number() const {
    if (!prog_.target.has(Feature::frames_from_globals)) return frames_.size();
    if (prog_.subprog_is_global(idx_)) return 0;
    size_t n = 1;
    for (size_t i = frames_.size(); i-- > 1 && !prog_.subprog_is_global(frames_[i].subprog);) n++;
    return n;
  }

  Stop check_throw(const Insn& insn) {
    if (!is_bpf_throw_kfunc(prog_, &insn)) return go_on;
    return within_callback() ? notes_.reject(Msg::ThrowFromCallback, i_, idx_) : go_on;
  }

  bool within_callback() const {
    return prog_.subprogs[idx_].is_cb ||
           std::ranges::any_of(frames_, [&](const Return& r) { return prog_.subprogs[r.subprog].is_cb; });
  }

  Stop leave() {
    if (tail_call_reachable_ && prog_.target.has(Feature::tail_calls_outside_callbacks) && within_callback())
      return notes_.reject(Msg::TailCallInCallback);
    const bool by_function = prog_.target.has(Feature::frames_from_globals);
    if (tail_call_reachable_) {
      if (by_function && prog_.subprogs[idx_].is_exception_cb) return notes_.reject(Msg::TailCallInExceptionCb);
      for (const Return& r : frames_) {
        if (prog_.subprogs[r.subprog].is_exception_cb) return notes_.reject(Msg::TailCallInExceptionCb);
        reaches_tail_call_[r.subprog] = true;
      }
    }
    if (frames_.empty()) {
      done_ = true;
      return go_on;
    }
    if (prog_.subprogs[idx_].priv_stack_mode != PrivStack::Adaptive)
      depth_ -= round_up_depth(prog_, prog_.subprogs[idx_].stack_depth);
    i_ = frames_.back().insn;
    idx_ = frames_.back().subprog;
    frames_.pop_back();
    if (by_function) tail_call_reachable_ = reaches_tail_call_[idx_];
    return go_on;
  }

  Program& prog_;
  Notes& notes_;
  const u32 entry_;
  const bool private_stack_;
  u32 idx_ = 0, i_ = 0;
  int depth_ = 0;
  bool tail_call_reachable_ = false, done_ = false;
  std::vector<Return> frames_;
  std::vector<bool> reaches_tail_call_;  ///< by subprogram: those that it calls make one, as far as was walked
};

/// The count of turns has the time beside it (bpf_jit_supports_timed_may_goto).
bool has_timed_may_goto(const Program& prog) {
  return prog.target.has(Feature::timed_may_goto) && prog.target.jit &&
         (prog.target.arch == Arch::x86_64 || prog.target.arch == Arch::arm64);
}

/// A may_goto that is still one after what no path reaches was removed: both ways are taken, and they differ.
bool keeps_may_goto(const Program& prog, u32 i) {
  const Insn& insn = prog.insns[i];
  if (insn.code != (bpf::JMP | bpf::JCOND) || insn.src != bpf::MAY_GOTO) return false;
  if (!prog.may.bpf_capable) return true;
  const auto target = static_cast<u32>(static_cast<int>(i) + 1 + insn.off);
  if (!prog.aux[i].seen || !prog.aux[i + 1].seen || !prog.aux[target].seen) return false;
  for (u32 k = std::min(i + 1, target); k < std::max(i + 1, target); k++)
    if (prog.aux[k].seen) return true;
  return false;
}

}  // namespace

Stop check_max_stack_depth(Program& prog, Notes& notes) {
  auto real = std::views::take(prog.subprogs, prog.subprog_cnt);
  bool tail_call = std::ranges::any_of(real, &Subprog::has_tail_call);
  PrivStack mode = tail_call ? PrivStack::None : private_stack_mode(prog);
  // Backwards, so that what async callbacks share with the main program is known to use the kernel's stack.
  for (u32 i = prog.subprog_cnt; i-- > 0;) {
    const bool own_stack = prog.subprogs[i].is_async_cb && prog.target.has(Feature::async_stack_checked);
    if (i && !own_stack) continue;
    if (Stop stop = CallWalk(prog, notes, i, !i && mode == PrivStack::Adaptive).run()) return stop;
  }
  prog.jits_use_priv_stack |=
      std::ranges::any_of(real, [](const Subprog& s) { return s.priv_stack_mode == PrivStack::Adaptive; });
  return go_on;
}

std::vector<u32> stack_depths_after_rewrite(const Program& prog) {
  std::vector<u32> depths;
  for (u32 i = 0; i < prog.subprog_cnt; i++) {
    const u32 begin = prog.subprogs[i].start, end = prog.subprogs[i + 1].start;
    bool live = !prog.may.bpf_capable, may_goto = false,
         inlined_loop = false;  // unreachable code is kept for others, harmless
    for (u32 k = begin; k < end; k++) {
      live |= prog.aux[k].seen != 0;
      may_goto |= keeps_may_goto(prog, k);
      inlined_loop |= prog.aux[k].loop_fit_for_inline;
    }
    if (!live) continue;
    u32 depth = prog.subprogs[i].stack_depth;
    if (inlined_loop) depth = (depth + bpf::REG_SIZE - 1) / bpf::REG_SIZE * bpf::REG_SIZE + 3 * bpf::REG_SIZE;
    if (may_goto) depth += (has_timed_may_goto(prog) ? 2 : 1) * bpf::REG_SIZE;
    depths.push_back(depth);
  }
  if (prog.seen_exception && !prog.exception_callback_subprog)
    depths.push_back(0);  // the callback that the kernel supplies
  return depths;
}

}  // namespace bpfcheck::sim
