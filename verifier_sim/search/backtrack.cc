// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See backtrack.h. A walk goes back over what was executed, state by state, and keeps two masks a frame: the registers
// and the stack slots whose value is wanted. A step back over an instruction (backtrack_insn.cc) exchanges what it
// wrote for what it read. At the beginning of a state what is wanted there is marked, and what was marked before is
// followed no further. Where a step cannot be followed, every scalar is marked.
#include "verifier_sim/search/backtrack.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "verifier_sim/search/backwards.h"
#include "verifier_sim/search/explorer.h"

namespace bpfcheck::sim {
namespace {

constexpr size_t max_history_followed = 1u << 14;
constexpr u32 notes_a_walk = 2;  // a loop's next walk comes by one of these

/// What backtrack_insn looks at of an instruction before all else.
u16 concern_of(const Insn& insn) {
  const auto dst = static_cast<u16>(1u << insn.dst), both = static_cast<u16>(1u << insn.dst | 1u << insn.src);
  switch (insn.cls()) {
    case bpf::ALU:
    case bpf::ALU64:
      if (insn.op() == bpf::END || insn.op() == bpf::NEG) return 0;
      return insn.op() == bpf::MOV || insn.src_is_reg() ? dst : 0;  // r1 += 2: of r1 comes r1
    case bpf::LDX:
      return dst;
    case bpf::LD:
      if (insn.code && insn.mode() != bpf::IMM) return any_register;  // may have left a subprogram
      return insn.code ? dst : 0;
    case bpf::STX:
      if (insn.mode() == bpf::ATOMIC) return static_cast<u16>(writes_memory | both | 1);
      [[fallthrough]];
    case bpf::ST:
      return writes_memory | dst;
    default:
      if (insn.op() == bpf::CALL || insn.op() == bpf::EXIT) return any_register;
      return insn.src_is_reg() ? both : 0;
  }
}

/// The same where precision does not leave a frame: all that is wanted goes on while anything of it is new.
Stop mark_in_frame(Env& env, Remembered& st, Backtrack& bt, bool& changed) {
  const u32 fr = bt.frame;
  SavedFrame& func = *st.frame[fr];
  u32& regs = bt.reg_masks[fr];
  u64& slots = bt.stack_masks[fr];
  bool fresh = false;
  for (u32 m = regs; m; m &= m - 1) {
    const auto i = static_cast<u32>(std::countr_zero(m));
    if (func.regs[i]->type != SCALAR_VALUE)
      bt.clear_reg(fr, i);
    else
      fresh |= !func.reg_precise(i);
  }
  func.precise_regs = static_cast<u16>(func.precise_regs | regs);
  for (u64 m = slots; m; m &= m - 1) {
    const auto i = static_cast<u32>(std::countr_zero(m));
    if (i >= func.stack.size()) return CONSERVATIVE;  // written through another pointer than the frame's own
    if (!func.stack[i].is_spilled_scalar()) {
      bt.clear_slot(fr, i);
      continue;
    }
    fresh |= !func.slot_precise(i);
    func.precise_slots |= u64{1} << i;
  }
  changed |= fresh;
  if (env.notes.detailed()) {
    env.notes.observer->on_detail_state(env, *st.restored(), fr);
    env.notes.detail(Msg::ParentMarks, fresh ? "didn't have" : "already had", regs, slots);
  }
  if (!fresh) bt.clear();
  return go_on;
}

/// Marks what is wanted in a parent state, and stops looking for what cannot be followed or was marked before.
Stop mark_in_parent(Env& env, Remembered& st, Backtrack& bt, bool& changed) {
  bool unheld = false;
  for (int f = static_cast<int>(bt.frame); f >= 0; f--) {
    auto fr = static_cast<u32>(f);
    SavedFrame& func = *st.frame[fr];
    for (u32 m = bt.reg_masks[fr]; m; m &= m - 1) {
      auto i = static_cast<u32>(std::countr_zero(m));
      if (func.regs[i]->type != SCALAR_VALUE || func.reg_precise(i)) bt.clear_reg(fr, i);
    }
    for (u64 m = bt.stack_masks[fr]; m; m &= m - 1) {
      auto i = static_cast<u32>(std::countr_zero(m));
      if (i >= func.stack.size()) {
        if (env.laws.search.stack_history) return env.reject(Msg::BacktrackStackSlot, i, func.stack.size());
        unheld = true;  // written through another pointer than the frame's own
        bt.clear_slot(fr, i);
      } else if (!func.stack[i].is_spilled_scalar() || func.slot_precise(i)) {
        bt.clear_slot(fr, i);
      }
    }
    changed |= bt.reg_masks[fr] || bt.stack_masks[fr];
    func.precise_regs = static_cast<u16>(func.precise_regs | bt.reg_masks[fr]);
    func.precise_slots |= bt.stack_masks[fr];
    if (env.notes.detailed()) {
      env.notes.detail(Msg::MarkPreciseParent, fr, reg_list(bt.reg_masks[fr]), slot_list(bt.stack_masks[fr]));
      env.notes.observer->on_detail_state(env, *st.restored(), fr);
    }
  }
  return unheld ? CONSERVATIVE : go_on;
}

/// Leaves out what an earlier walk looked for here, and notes the rest for those to come; true where nothing is left.
bool leave_out_walked(Backtrack& bt, State& st, const Backwards& walk, u32& notes) {
  if (!bt.only_in_frame()) return false;
  const Walks::Stop stop{Walks::place(walk.entries(), walk.at()), bt.frame, bt.reg_masks[bt.frame],
                         bt.stack_masks[bt.frame]};
  Walks::Stop* before = bt.walks.find(stop);
  if (before) {
    bt.reg_masks[bt.frame] &= ~before->regs;
    bt.stack_masks[bt.frame] &= ~before->slots;
    if (bt.empty()) return true;
  }
  if (notes) {
    notes--;
    if (before)
      before->regs |= stop.regs, before->slots |= stop.slots;
    else
      bt.walks.add(stop);
    if (walk.entry()) st.history[walk.entries() - 1].walked = true;
  }
  return false;
}

/// An argument of a global subprogram, in the state at its entry: `parent`, or where that is null the one on its way.
bool mark_argument(Env& env, State& live, Remembered* parent, u32 regno) {
  if (parent) {
    if (parent->frame[0]->regs[regno]->type != SCALAR_VALUE) return false;
    parent->frame[0]->precise_regs |= 1u << regno;
  } else {
    if (live.frame[0]->regs[regno].type != SCALAR_VALUE) return false;
    live.frame[0]->regs[regno].precise = env.explorer->live_precise = true;
  }
  return true;
}

/// mark_precise_scalar_ids: with a scalar all of its identity are looked for, since a comparison may have narrowed them
/// together.
void want_same_ids(const auto& st, Backtrack& bt) {
  std::vector<u32> ids;
  auto note = [&](const Reg& r) {
    if (r.id && r.type == SCALAR_VALUE) ids.push_back(r.id);
  };
  for (u32 fr = 0; fr <= bt.frame && fr <= st.curframe; fr++) {
    const auto& f = *st.frame[fr];
    for (u32 m = bt.reg_masks[fr]; m; m &= m - 1) note(f.regs[static_cast<u32>(std::countr_zero(m))]);
    for (u64 m = bt.stack_masks[fr]; m; m &= m - 1)
      if (const auto i = static_cast<u32>(std::countr_zero(m)); i < f.stack.size() && f.stack[i].is_spilled_scalar())
        note(f.stack[i].spilled);
  }
  if (ids.empty()) return;
  auto wanted = [&](const Reg& r) { return r.id && std::ranges::find(ids, r.id) != ids.end(); };
  for (u32 fr = 0; fr <= st.curframe; fr++) {
    const auto& f = *st.frame[fr];
    for (u32 i = 0; i < bpf::REG_FP; i++)
      if (wanted(f.regs[i])) bt.set_reg(fr, i);
    for (u32 i = 0; i < f.stack.size(); i++)
      if (f.stack[i].is_spilled_scalar() && wanted(f.stack[i].spilled)) bt.set_slot(fr, i);
  }
}

void want_same_ids(const State& live, const Remembered* parent, Backtrack& bt) {
  if (parent)
    want_same_ids(*parent, bt);
  else
    want_same_ids(live, bt);
}

/// A step that cannot be followed: all scalars that the state came from are taken for precise. Kernels that follow
/// precision within a frame leave out the states that were walked through.
Stop give_up(Env& env, const State& starting_state, const StateFacts& at, Backtrack& bt) {
  if (env.laws.search.precision_frames)
    mark_all_scalars_precise(env, &starting_state);
  else
    mark_all_scalars_precise(env, at.parent);
  bt.clear();
  return go_on;
}

/// The entry of a global subprogram: its arguments are where scalars come from.
Stop mark_arguments(Env& env, State& live, const StateFacts& st, Remembered* parent, Backtrack& bt, bool& changed) {
  const FrameFacts& f = parent ? static_cast<const FrameFacts&>(*parent->frame[0]) : *live.frame[0];
  if (st.curframe != 0 || f.subprogno == 0 || f.callsite != MAIN_FUNC_CALLSITE || bt.stack_masks[bt.frame] ||
      (bt.reg_masks[bt.frame] & ~args_mask))
    return env.reject(Msg::BacktrackFuncEntry, f.subprogno, bt.reg_masks[bt.frame], bt.stack_masks[bt.frame]);
  for (u32 m = std::exchange(bt.reg_masks[bt.frame], 0); m; m &= m - 1)
    changed |= mark_argument(env, live, parent, static_cast<u32>(std::countr_zero(m)));
  return go_on;
}

/// Walks over a state's instructions: what is still wanted at the state's first stays in `bt`.
Stop walk_state(Env& env, State& starting_state, const StateFacts& st, bool is_parent, int last_idx, int subseq_idx,
                Backtrack& bt) {
  Backwards walk(st, last_idx, subseq_idx);
  const bool shortcuts = !env.notes.detailed();
  State* noted = shortcuts && !is_parent && &starting_state == env.path.cur_state ? &starting_state : nullptr;
  u32 notes = noted ? notes_a_walk : 0;
  // The instruction that asks is not walked through.
  for (bool more = is_parent || walk.next(); more; more = walk.next()) {
    if (shortcuts && !walk.seek(bt, env.laws.search.stack_history,
                                notes   ? Backwards::Halts::Entry
                                : noted ? Backwards::Halts::Noted
                                        : Backwards::Halts::Concern))
      break;
    if (static_cast<size_t>(walk.at()) >= env.prog.insns.size()) return env.reject(Msg::BacktrackIndex, walk.at());
    if (noted && leave_out_walked(bt, *noted, walk, notes)) return go_on;
    if (Stop stop = backtrack_insn(env, walk.at(), walk.after(), walk.entry(), bt)) return stop;
    if (bt.empty()) return go_on;
  }
  return go_on;
}

/// Follows what is set in the explorer's Backtrack, seen from `frame`, through the states that `starting_state` came
/// through. The kernel's rule is this and what it calls; leave_out_walked and seek are shortcuts of ours.
Stop chain_precision(Env& env, State* starting_state, u32 frame, bool* changed_out) {
  if (!env.prog.may.bpf_capable) return go_on;
  Backtrack& bt = env.explorer->bt;
  const StateFacts* st = starting_state;
  Remembered* parent = nullptr;  // the same as st, once a parent is reached
  int first_idx = static_cast<int>(st->first_insn_idx);
  int last_idx = static_cast<int>(starting_state->insn_idx);
  int subseq_idx = -1;
  bool changed = false;
  auto done = [&](Stop stop) {
    if (changed && changed_out) *changed_out = true;
    return stop;
  };

  bt.frame = frame;
  if (bt.empty()) return go_on;
  for (;;) {
    env.notes.detail(Msg::MarkPreciseRange, bt.frame, last_idx, first_idx, subseq_idx);
    if (env.laws.search.precision_ids) want_same_ids(*starting_state, parent, bt);
    if (last_idx < 0) return done(mark_arguments(env, *starting_state, *st, parent, bt, changed));
    Stop stop = walk_state(env, *starting_state, *st, parent != nullptr, last_idx, subseq_idx, bt);
    if (stop == CONSERVATIVE) return done(give_up(env, *starting_state, *st, bt));
    if (stop || bt.empty()) return done(stop);
    st = parent = st->parent;
    if (!parent) break;
    stop = env.laws.search.precision_frames ? mark_in_parent(env, *parent, bt, changed)
                                            : mark_in_frame(env, *parent, bt, changed);
    if (stop == CONSERVATIVE) return done(give_up(env, *starting_state, *parent, bt));
    if (stop || bt.empty()) return done(stop);
    subseq_idx = first_idx;
    last_idx = static_cast<int>(st->last_insn_idx);
    first_idx = static_cast<int>(st->first_insn_idx);
  }
  if (env.laws.search.precision_frames) return done(give_up(env, *starting_state, *starting_state, bt));
  bt.clear();
  return done(go_on);
}

}  // namespace

void prepare_backtrack(Env& env) {
  std::vector<u16>& concerns = env.explorer->bt.concerns;
  concerns.reserve(env.prog.insns.size());
  for (const Insn& insn : env.prog.insns) concerns.push_back(concern_of(insn));
}

Stop push_jmp_history(Env& env, State* cur, int insn_flags, u64 linked_regs) {
  if (!env.laws.search.stack_history && insn_flags) return go_on;
  if (env.path.cur_hist_ent) {
    env.path.cur_hist_ent->flags = (env.path.cur_hist_ent->flags | static_cast<u32>(insn_flags)) & 0xfff;
    env.path.cur_hist_ent->linked_regs = linked_regs;
    return go_on;
  }
  // Kernels that do not bound it copy and walk it all the same, for minutes.
  if (cur->history.size() >= max_history_followed)
    return env.unsupported("a jump history that takes the kernel minutes");
  cur->history.push_back({env.path.insn_idx & 0x7fffffff, 0, env.path.prev_insn_idx & 0xfffff,
                          static_cast<u32>(insn_flags) & 0xfff, linked_regs});
  env.path.cur_hist_ent = &cur->history.back();
  return go_on;
}

Stop mark_chain_precision(Env& env, int regno) {
  State* st = env.path.cur_state;
  if (env.prog.may.bpf_capable && regno >= 0) {
    if (st->cur().regs[static_cast<u32>(regno)].type != SCALAR_VALUE) return env.reject(Msg::BacktrackMisuse);
    env.explorer->bt.set_reg(st->curframe, static_cast<u32>(regno));
  }
  return chain_precision(env, st, st->curframe, nullptr);
}

Stop mark_chain_precision_batch(Env& env, State* starting_state, u32 frame, bool* changed) {
  return chain_precision(env, starting_state, frame, changed);
}

void mark_all_scalars_precise(Env& env, const State* live) {
  env.notes.detail(Msg::MarkPreciseFallback, live->curframe);
  mark_all_scalars_precise(env, live->parent);
}

void mark_all_scalars_precise(Env& env, Remembered* st) {
  for (; st; st = st->parent)
    for (u32 i = 0; i <= st->curframe; i++) {
      SavedFrame& f = *st->frame[i];
      for (u32 r = 0; r < bpf::REG_FP; r++)
        if (f.regs[r]->type == SCALAR_VALUE && !f.reg_precise(r)) {
          f.precise_regs |= 1u << r;
          env.notes.detail(Msg::ForcePreciseReg, i, r);
        }
      for (u32 s = 0; s < f.stack.size(); s++)
        if (f.stack[s].is_spilled_scalar() && !f.slot_precise(s)) {
          f.precise_slots |= u64{1} << s;
          env.notes.detail(Msg::ForcePreciseSlot, i, -static_cast<int>(s + 1) * 8);
        }
    }
}

void mark_all_scalars_imprecise(State* st) {
  st->for_each_reg([](const Reg& r) { return r.type == SCALAR_VALUE && r.precise; }, [](Reg& r) { r.precise = false; });
}

}  // namespace bpfcheck::sim
