// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See stack_use.h.
#include "verifier_sim/flow/stack_use.h"

#include <algorithm>
#include <limits>

#include "kernel_db/helper_ids.h"
#include "verifier_sim/flow/call_access.h"
#include "verifier_sim/flow/call_order.h"
#include "verifier_sim/flow/call_summary.h"
#include "verifier_sim/flow/frame_pointers.h"
#include "verifier_sim/flow/successors.h"

namespace bpfcheck::sim {
namespace {

using Called = StackUse::Called;
using Marks = StackUse::Marks;
using FpRegs = std::array<FpTrack, bpf::MAX_REG>;

constexpr u32 most_analyses = 10000;

HalfSlots halves(s64 low, s64 high) {
  HalfSlots bits;
  for (s64 i = low; i <= high && i < static_cast<s64>(bits.size()); i++) bits.set(static_cast<size_t>(i));
  return bits;
}

Marks& masks_at(Called& inst, u32 frame, u32 insn_idx) {
  if (inst.frames[frame].empty()) inst.frames[frame].resize(inst.insn_cnt);
  return inst.frames[frame][insn_idx - inst.start];
}

void mark_read(Called& inst, u32 frame, u32 insn_idx, const HalfSlots& bits) {
  masks_at(inst, frame, insn_idx).may_read |= bits;
}

void mark_all_read(Called& inst, u32 insn_idx, u32 frames) {
  for (u32 f = 0; f <= inst.depth; f++)
    if (frames >> f & 1) mark_read(inst, f, insn_idx, HalfSlots().set());
}

/// What an access to `bytes` at one place touches: read whatever is touched, written what is covered whole.
void record_at(Called& inst, s64 off, s64 bytes, u32 frame, u32 insn_idx) {
  if (off >= 0) return;
  if (bytes == UNKNOWN_ACCESS) {
    mark_read(inst, frame, insn_idx, halves(0, (-off - 1) / 4));
  } else if (bytes > 0) {
    mark_read(inst, frame, insn_idx, halves(std::max<s64>((-off - bytes) / 4, 0), (-off - 1) / 4));
  } else {
    const s64 high = -off / 4 - 1, low = std::max<s64>((-off + bytes + 3) / 4, 0);
    if (low <= high) masks_at(inst, frame, insn_idx).must_write |= halves(low, high);
  }
}

void record(Called& inst, const FpTrack& ptr, s64 bytes, u32 insn_idx) {
  if (!bytes) return;
  if (ptr.frame == FpTrack::Imprecise) return mark_all_read(inst, insn_idx, ptr.mask);
  const auto frame = static_cast<u32>(ptr.frame);
  if (ptr.frame < 0 || frame > inst.depth) return;
  const bool reads = bytes > 0 || bytes == UNKNOWN_ACCESS;
  if (!ptr.off_cnt) {
    if (reads) mark_read(inst, frame, insn_idx, HalfSlots().set());
    return;
  }
  if (!reads && ptr.off_cnt != 1) return;
  for (u8 i = 0; i < ptr.off_cnt; i++) record_at(inst, ptr.off[i], bytes, frame, insn_idx);
}

void record_load_or_store(Called& inst, const Insn& insn, const FpRegs& regs, u32 insn_idx) {
  s64 bytes = bpf::bytes_of(insn.size());
  u32 regno = insn.dst;
  switch (insn.cls()) {
    case bpf::LDX:
      regno = insn.src;
      break;
    case bpf::STX:
      if (insn.mode() == bpf::ATOMIC && insn.imm == bpf::LOAD_ACQ) regno = insn.src;
      if (insn.mode() != bpf::ATOMIC || insn.imm == bpf::STORE_REL) bytes = -bytes;
      break;
    case bpf::ST:
      bytes = -bytes;
      break;
    default:
      return;
  }
  FpTrack ptr = regs[regno];
  move_by(ptr, insn.off);
  record(inst, ptr, bytes, insn_idx);
}

void record_call(const Program& prog, Called& inst, const FpRegs& regs, u32 insn_idx) {
  const Insn& insn = prog.insns[insn_idx];
  if (bpf_pseudo_call(&insn)) return;
  const auto summary = get_call_summary(prog, insn);
  const u32 params = summary ? std::min<u32>(summary->num_params, 5) : 5;
  for (u32 arg = 0; arg < params; arg++) {
    const FpTrack& ptr = regs[arg + 1];
    if (ptr.is_fp()) record(inst, ptr, call_access_bytes(prog, insn_idx, arg), insn_idx);
  }
}

HalfSlots live_at(const Called& inst, u32 frame, u32 insn_idx) {
  return inst.frames[frame].empty() ? HalfSlots() : inst.frames[frame][insn_idx - inst.start].live_before;
}

/// Liveness from what each instruction reads and writes, to a fixed point.
void settle(const Program& prog, Called& inst) {
  inst.done = true;
  const u32 begin = prog.subprogs[inst.subprog].postorder_start, end = prog.subprogs[inst.subprog + 1].postorder_start;
  for (u32 frame = 0; frame <= inst.depth; frame++) {
    if (inst.frames[frame].empty()) continue;
    for (bool changed = true; changed;) {
      changed = false;
      for (u32 p = begin; p < end; p++) {
        const u32 i = prog.postorder[p];
        const Successors next = insn_successors(prog, i);
        if (!next.count) continue;
        HalfSlots after;
        for (u32 s : next) after |= live_at(inst, frame, s);
        Marks& m = masks_at(inst, frame, i);
        const HalfSlots before = (after & ~m.must_write) | m.may_read;
        changed |= before != m.live_before;
        m.live_before = before;
      }
    }
  }
}

/// Looked at a second time with other addresses: what either reads is read, what both write is written.
void merge(Called& into, Called& from) {
  for (u32 f = 0; f <= into.depth; f++) {
    std::vector<Marks>&a = into.frames[f], &b = from.frames[f];
    const bool both = !a.empty() && !b.empty();
    if (a.empty()) a = std::move(b);
    for (u32 i = 0; i < a.size(); i++) {
      a[i].must_write = both ? a[i].must_write & b[i].must_write : HalfSlots();
      if (both) a[i].may_read |= b[i].may_read;
    }
  }
}

/// The callback of a synchronous call, and which register of the call becomes which of its own.
struct Callback {
  u32 passed_in = 0, passed_as = 0;
  bool one_function = false;  ///< the same on every way to the call
  u32 subprog = 0;
};

std::optional<Callback> callback_of(const Program& prog, u32 insn_idx) {
  const Insn& insn = prog.insns[insn_idx];
  if (!bpf_helper_call(&insn)) return std::nullopt;
  Callback c;
  u32 func_reg = 2;
  switch (static_cast<u32>(insn.imm)) {
    case func::loop:
    case func::user_ringbuf_drain:
      c.passed_in = 3, c.passed_as = 2;
      break;
    case func::for_each_map_elem:
      c.passed_in = 3, c.passed_as = 4;
      break;
    case func::find_vma:
      func_reg = 3, c.passed_in = 4, c.passed_as = 3;
      break;
    default:
      return std::nullopt;
  }
  const ConstRegs& known = prog.const_regs[insn_idx];
  c.one_function = known.subprogs >> func_reg & 1;
  c.subprog = known.vals[func_reg];
  return c;
}

class Analysis {
 public:
  Analysis(const Program& prog, Notes& notes, StackUse& use)
      : prog_(prog), notes_(notes), use_(use), regs_(prog.subprog_cnt), stack_at_call_(prog.insns.size()) {}

  Stop run(const std::vector<u32>& callees_first) {
    for (auto it = callees_first.rbegin(); it != callees_first.rend(); ++it) {
      if (!regs_[*it].empty() && !prog_.subprog_is_global(*it)) continue;
      if (Stop stop = analyze(*instance(nullptr, 0, *it), nullptr)) return stop;
    }
    return go_on;
  }

 private:
  Called* instance(const Called* caller, u32 callsite, u32 subprog) {
    const u32 depth = caller ? caller->depth + 1 : 0, start = prog_.subprogs[subprog].start;
    const u32 key = caller ? callsite : start;
    auto& place = use_.called[{key, depth}];
    if (!place)
      place = std::make_unique<Called>(
          Called{key, depth, subprog, start, prog_.subprogs[subprog + 1].start - start, {}, false});
    return place.get();
  }

  /// Where addresses of frames are at each instruction; what each instruction does with them is recorded.
  void follow_addresses(Called& inst, const FpRegs* entry) {
    std::vector<FpState> before(inst.insn_cnt);
    for (FpState& s : before) {
      s.regs.fill({.frame = FpTrack::Unvisited});
      s.stack.fill({.frame = FpTrack::Unvisited});
    }
    before[0] = {};
    before[0].regs[bpf::REG_FP] = FpTrack::at(static_cast<s8>(inst.depth), 0);
    if (entry) std::copy_n(entry->begin() + 1, 5, before[0].regs.begin() + 1);
    std::array<const FpStack*, MAX_CALL_FRAMES> outer{};
    for (u32 f = 0; f < inst.depth; f++) outer[f] = stack_at_call_[callsites_[f]].get();
    reach_fixed_point(inst, before, outer);
    keep(inst, before);
  }

  void reach_fixed_point(const Called& inst, std::vector<FpState>& before,
                         const std::array<const FpStack*, MAX_CALL_FRAMES>& outer) {
    const auto& order = prog_.postorder;
    const u32 begin = prog_.subprogs[inst.subprog].postorder_start,
              end = prog_.subprogs[inst.subprog + 1].postorder_start;
    std::vector<bool> fresh(inst.insn_cnt, true);
    for (bool changed = true; changed;) {
      changed = false;
      for (u32 p = end; p-- > begin;) {
        const u32 at = order[p] - inst.start;
        if (!fresh[at] || !before[at].visited()) continue;
        fresh[at] = false;
        FpState after = before[at];
        track_frame_pointers(prog_, order[p], inst.depth, outer, after);
        for (u32 next : insn_successors(prog_, order[p])) {
          if (next < inst.start || next >= inst.start + inst.insn_cnt) continue;
          if (!join_into(before[next - inst.start], after)) continue;
          fresh[next - inst.start] = true;
          changed = true;
        }
      }
    }
  }

  static bool join_into(FpState& at, const FpState& coming) {
    bool changed = false;
    auto one = [&](FpTrack& old, const FpTrack& t) {
      const FpTrack joined = join(old, t);
      if (joined == old) return;
      old = joined;
      changed = true;
    };
    for (u32 r = 0; r < at.regs.size(); r++) one(at.regs[r], coming.regs[r]);
    for (u32 s = 0; s < at.stack.size(); s++) one(at.stack[s], coming.stack[s]);
    return changed;
  }

  void keep(Called& inst, const std::vector<FpState>& before) {
    std::vector<FpRegs>& regs = regs_[inst.subprog];
    regs.clear();
    for (const FpState& s : before) regs.push_back(s.regs);
    const u32 begin = prog_.subprogs[inst.subprog].postorder_start,
              end = prog_.subprogs[inst.subprog + 1].postorder_start;
    for (u32 p = end; p-- > begin;) {
      const u32 i = prog_.postorder[p], at = i - inst.start;
      const Insn& insn = prog_.insns[i];
      record_load_or_store(inst, insn, regs[at], i);
      if (insn.code == (bpf::JMP | bpf::CALL)) record_call(prog_, inst, regs[at], i);
      if (bpf_pseudo_call(&insn) || prog_.aux[i].calls_callback)
        stack_at_call_[i] = std::make_unique<FpStack>(before[at].stack);
    }
  }

  /// The function that an instruction calls and what it gets; nothing where that is not to be followed.
  std::optional<u32> callee_of(Called& inst, u32 i, FpRegs& args) {
    const Insn& insn = prog_.insns[i];
    const FpRegs& at = regs_[inst.subprog][i - inst.start];
    args = {};
    if (bpf_pseudo_call(&insn)) {
      std::copy_n(at.begin() + 1, 5, args.begin() + 1);
      return find_subprog(prog_, static_cast<int>(i) + insn.imm + 1);
    }
    const auto callback = prog_.aux[i].calls_callback ? callback_of(prog_, i) : std::nullopt;
    if (!callback) return std::nullopt;
    if (!callback->one_function) {
      if (at[callback->passed_in].frame != FpTrack::None) mark_all_read(inst, i, ~0u);
      return std::nullopt;
    }
    args[callback->passed_as] = at[callback->passed_in];
    return callback->subprog;
  }

  Stop analyze_callee(Called& inst, u32 i, u32 callee, const FpRegs& args) {
    if (inst.depth == call_frames(prog_.target) - 1) return Stop::refused(EINVAL);
    Called& callee_use = *instance(&inst, i, callee);
    callsites_[inst.depth] = i;
    if (Stop stop = analyze(callee_use, &args)) return stop;
    for (u32 f = 0; f < callee_use.depth; f++)
      if (!callee_use.frames[f].empty()) mark_read(inst, f, i, live_at(callee_use, f, callee_use.start));
    return go_on;
  }

  Stop analyze(Called& known, const FpRegs* entry) {
    if (++analyses_ > most_analyses) return notes_.reject(Msg::LivenessTooComplex, analyses_);
    Called anew{known.callsite, known.depth, known.subprog, known.start, known.insn_cnt, {}, false};
    Called& inst = known.done ? anew : known;
    follow_addresses(inst, entry);
    const u32 begin = prog_.subprogs[inst.subprog].postorder_start,
              end = prog_.subprogs[inst.subprog + 1].postorder_start;
    for (u32 p = begin; p < end; p++) {
      FpRegs args;
      const u32 i = prog_.postorder[p];
      const auto callee = callee_of(inst, i, args);
      if (!callee || std::ranges::none_of(args, &FpTrack::is_fp)) continue;
      if (Stop stop = analyze_callee(inst, i, *callee, args)) return stop;
    }
    if (known.done) merge(known, anew);
    settle(prog_, known);
    return go_on;
  }

  const Program& prog_;
  Notes& notes_;
  StackUse& use_;
  std::vector<std::vector<FpRegs>> regs_;                ///< by subprogram, as it was last looked at
  std::vector<std::unique_ptr<FpStack>> stack_at_call_;  ///< by call
  std::array<u32, MAX_CALL_FRAMES> callsites_{};
  u32 analyses_ = 0;
};

}  // namespace

Stop compute_stack_use(const Program& prog, Notes& notes, std::unique_ptr<StackUse>& use) {
  std::vector<u32> callees_first;
  if (Stop stop = sort_by_calls(prog, notes, callees_first)) return stop;
  use = std::make_unique<StackUse>();
  return Analysis(prog, notes, *use).run(callees_first);
}

LiveHalves::LiveHalves(const Program& prog, const StackUse& use, const State& st) : prog_(prog), st_(st) {
  for (u32 f = 0; f <= st.curframe; f++) {
    const u32 start = prog.subprogs[st.frame[f]->subprogno].start;
    // Calls that pass no address were not followed: the callee stands by itself, or as deep as it was.
    for (u32 depth = f + 1; depth-- > 0 && !instances_[f];) {
      auto it = use.called.find({depth ? static_cast<u32>(st.frame[f]->callsite) : start, depth});
      if (it != use.called.end()) instances_[f] = it->second.get();
    }
  }
}

HalfSlots LiveHalves::of(u32 frameno) const {
  const HalfSlots all = HalfSlots().set();
  const u32 cur = st_.curframe;
  if (!instances_[cur]) return all;
  HalfSlots live;
  // A frame above the outermost that an instance knows is -1 or less from its own.
  const s32 inner = static_cast<s32>(frameno + instances_[cur]->depth) - static_cast<s32>(cur);
  if (inner >= 0 && inner <= static_cast<s32>(instances_[cur]->depth))
    live |= live_at(*instances_[cur], static_cast<u32>(inner), st_.insn_idx);
  for (u32 i = frameno; i < cur; i++) {
    const Called* inst = instances_[i];
    const s32 frame = inst ? static_cast<s32>(frameno + inst->depth) - static_cast<s32>(i) : -1;
    if (frame < 0) return all;
    const auto callsite = static_cast<u32>(st_.frame[i + 1]->callsite);
    // A callback may be called again; a subprogram returns behind its call.
    live |= live_at(*inst, static_cast<u32>(frame), prog_.aux[callsite].calls_callback ? callsite : callsite + 1);
  }
  return live;
}

}  // namespace bpfcheck::sim
