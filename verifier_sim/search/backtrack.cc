// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See backtrack.h.
#include "verifier_sim/search/backtrack.h"

#include <bit>
#include <utility>

#include "kernel_db/helper_ids.h"
#include "verifier_sim/flow/subprogs.h"
#include "verifier_sim/program/call_kind.h"
#include "verifier_sim/program/insn_text.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/search/linked_regs.h"

namespace bpfcheck::sim {
namespace {

constexpr u32 args_mask = 0x3e;  // r1 to r5
constexpr int CONSERVATIVE = -ENOTSUP;
constexpr u32 notes_a_walk = 2;  // a loop's next walk comes by one of these

std::string reg_list(u32 mask) {
  std::string s;
  for (; mask; mask &= mask - 1) s += (s.empty() ? "r" : ",r") + std::to_string(std::countr_zero(mask));
  return s;
}

std::string slot_list(u64 mask) {
  std::string s;
  for (; mask; mask &= mask - 1) s += (s.empty() ? "-" : ",-") + std::to_string((std::countr_zero(mask) + 1) * 8);
  return s;
}

// Which of the wanted registers an instruction may have to do with, as bits; besides:
constexpr u16 any_register = 1u << 15, writes_memory = 1u << 14;

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
      return insn.code ? dst : 0;
    case bpf::ST:
    case bpf::STX:
      return writes_memory | dst;
    default:
      if (insn.op() == bpf::CALL || insn.op() == bpf::EXIT) return any_register;
      return insn.src_is_reg() ? both : 0;
  }
}

/// Walks a state's instructions backwards, in the order in which they were executed.
class Backwards {
 public:
  Backwards(const StateFacts& st, int at, int after)
      : first_(static_cast<int>(st.first_insn_idx)),
        at_(at),
        after_(after),
        oldest_(st.history.data()),
        left_(oldest_ + st.history.size()) {
    find_entry();
  }
  int at() const { return at_; }
  int after() const { return after_; }                  ///< the instruction executed after this one
  const HistoryEntry* entry() const { return entry_; }  ///< of this instruction; nullptr where it has none
  /// To the instruction executed before; false at the state's first.
  bool next() {
    if (at_ == first_ && left_ - (entry_ != nullptr) == oldest_) return false;
    after_ = at_;
    if (entry_)
      left_--, at_ = static_cast<int>(entry_->prev_idx);
    else
      at_--;
    find_entry();
    return true;
  }
  u32 entries() const { return static_cast<u32>(left_ - oldest_); }
  enum class Halts : u8 {
    Concern,
    Noted,
    Entry
  };  ///< where a walk is held up besides: where one before noted something, at any entry
  /// On to the nearest instruction, this one or one before, that may change what is looked for; false where the state
  /// has none. Most change nothing: here is where a walk spends its time.
  bool seek(const Backtrack& bt, Halts halts) {
    const std::vector<u16>& concerns = bt.concerns;
    const u32 mask = bt.reg_masks[bt.frame] | any_register;
    for (;;) {
      if (static_cast<size_t>(at_) >= concerns.size()) return true;
      const u32 concern = concerns[static_cast<size_t>(at_)];
      if (concern & mask) return true;
      if (entry_) {
        if (halts == Halts::Entry || (entry_->walked && halts == Halts::Noted) || entry_->linked_regs ||
            ((concern & writes_memory) && reaches_wanted(bt, *entry_)))
          return true;
      } else {
        const int stop = left_ != oldest_ ? static_cast<int>(left_[-1].idx) : first_;
        if (stop < at_) {
          do at_--;
          while (stop < at_ && !(concerns[static_cast<size_t>(at_)] & mask));
          after_ = at_ + 1;
          find_entry();
          continue;
        }
      }
      if (!next()) return false;
    }
  }

 private:
  /// The stack slot that the instruction accesses is looked for.
  static bool reaches_wanted(const Backtrack& bt, const HistoryEntry& e) {
    return (e.flags & HIST_STACK_ACCESS) &&
           bt.has_slot(e.flags & HIST_FRAMENO_MASK, (e.flags >> HIST_SPI_SHIFT) & HIST_SPI_MASK);
  }
  void find_entry() { entry_ = left_ != oldest_ && left_[-1].idx == static_cast<u32>(at_) ? left_ - 1 : nullptr; }
  const int first_;
  int at_, after_;
  const HistoryEntry* const oldest_;
  const HistoryEntry* left_;  ///< behind those not walked past
  const HistoryEntry* entry_ = nullptr;
};

/// Where one of the registers that an instruction linked is looked for, all of them are.
void sync_linked(Backtrack& bt, const HistoryEntry* hist) {
  if (!hist || hist->linked_regs == 0) return;
  LinkedRegs linked;
  linked_regs_unpack(hist->linked_regs, &linked);
  bool some = false;
  for (u32 i = 0; i < static_cast<u32>(linked.cnt) && !some; i++) {
    const LinkedReg& e = linked.entries[i];
    some = e.is_reg ? bt.has_reg(e.frameno, e.regno) : bt.has_slot(e.frameno, e.spi);
  }
  if (!some) return;
  for (u32 i = 0; i < static_cast<u32>(linked.cnt); i++) {
    const LinkedReg& e = linked.entries[i];
    if (e.is_reg)
      bt.set_reg(e.frameno, e.regno);
    else
      bt.set_slot(e.frameno, e.spi);
  }
}

int enter_subprog(Env& env, Backtrack& bt) {
  if (bt.frame == MAX_CALL_FRAMES - 1) return env.reject(Msg::BacktrackEnter, bt.frame);
  bt.frame++;
  return 0;
}

int exit_subprog(Env& env, Backtrack& bt) {
  if (bt.frame == 0) return env.reject(Msg::BacktrackExit);
  bt.frame--;
  return 0;
}

int through_alu(const Insn& insn, Backtrack& bt) {
  if (!bt.has_reg(insn.dst)) return 0;
  u8 op = insn.op();
  if (op == bpf::END || op == bpf::NEG) return 0;
  if (op == bpf::MOV) bt.clear_reg(insn.dst);
  if (insn.src_is_reg() && insn.src != bpf::REG_FP) bt.set_reg(insn.src);
  return 0;
}

int through_load(const Insn& insn, const HistoryEntry* hist, Backtrack& bt) {
  if (!bt.has_reg(insn.dst)) return 0;
  bt.clear_reg(insn.dst);
  if (hist && (hist->flags & HIST_STACK_ACCESS))
    bt.set_slot(hist->flags & HIST_FRAMENO_MASK, (hist->flags >> HIST_SPI_SHIFT) & HIST_SPI_MASK);
  return 0;
}

int through_store(const Insn& insn, const HistoryEntry* hist, Backtrack& bt) {
  if (bt.has_reg(insn.dst)) return CONSERVATIVE;  // a scalar is no address: pointers were subtracted
  if (!hist || !(hist->flags & HIST_STACK_ACCESS)) return 0;
  u32 fr = hist->flags & HIST_FRAMENO_MASK, spi = (hist->flags >> HIST_SPI_SHIFT) & HIST_SPI_MASK;
  if (!bt.has_slot(fr, spi)) return 0;
  bt.clear_slot(fr, spi);
  if (insn.cls() == bpf::STX) bt.set_reg(insn.src);
  return 0;
}

int through_subprog_call(Env& env, const Insn& insn, int idx, int subseq_idx, Backtrack& bt) {
  int subprog = find_subprog(env, idx + insn.imm + 1);
  if (subprog < 0) return -EFAULT;
  if (env.prog.subprog_is_global(static_cast<u32>(subprog))) {
    if (idx + 1 != subseq_idx) env.notes.note(Msg::BacktrackExtraInsn);
    if (bt.reg_masks[bt.frame] & args_mask) return env.reject(Msg::BacktrackGlobalRegs, bt.reg_masks[bt.frame]);
    bt.clear_reg(0);
    return 0;
  }
  // The call of a static subprogram leaves it, backwards: only its arguments may still be wanted.
  if (bt.reg_masks[bt.frame] & ~args_mask) return env.reject(Msg::BacktrackStaticRegs, bt.reg_masks[bt.frame]);
  if (bt.stack_masks[bt.frame]) return env.reject(Msg::BacktrackStaticSlots, bt.stack_masks[bt.frame]);
  u32 wanted = bt.reg_masks[bt.frame] & args_mask;
  bt.reg_masks[bt.frame] &= ~args_mask;
  if (wanted) bt.reg_masks[bt.frame ? bt.frame - 1 : 0] |= wanted;
  return exit_subprog(env, bt);
}

int through_exit(Env& env, int subseq_idx, Backtrack& bt) {
  if (subseq_idx >= 0 && bpf_calls_callback(env, static_cast<u32>(subseq_idx))) bt.reg_masks[bt.frame] &= ~args_mask;
  if (bt.reg_masks[bt.frame] & args_mask) return env.reject(Msg::BacktrackExitRegs, bt.reg_masks[bt.frame]);
  // After a subprogram's exit comes the instruction behind its call; after a callback's, the call itself.
  bool r0 = false;
  if (subseq_idx >= 1) {
    const Insn& before = env.prog.insns[static_cast<u32>(subseq_idx) - 1];
    r0 = before.code == (bpf::JMP | bpf::CALL) && before.src == bpf::PSEUDO_CALL && bt.has_reg(0);
  }
  bt.clear_reg(0);
  if (int err = enter_subprog(env, bt)) return err;
  if (r0) bt.set_reg(0);
  return 0;
}

/// backtrack_insn without its words: 0, CONSERVATIVE, or an error.
int through(Env& env, int idx, int subseq_idx, const HistoryEntry* hist, Backtrack& bt, bool& sync_after) {
  const Insn& insn = env.prog.insns[static_cast<u32>(idx)];
  sync_after = false;
  switch (insn.cls()) {
    case bpf::ALU:
    case bpf::ALU64:
      if (!bt.has_reg(insn.dst) || insn.op() == bpf::END || insn.op() == bpf::NEG) return 0;
      sync_after = true;
      return through_alu(insn, bt);
    case bpf::LDX:
      return sync_after = bt.has_reg(insn.dst) && hist && (hist->flags & HIST_STACK_ACCESS),
             through_load(insn, hist, bt);
    case bpf::STX:
      if (is_atomic_load_insn(&insn))
        return sync_after = bt.has_reg(insn.dst) && hist && (hist->flags & HIST_STACK_ACCESS),
               through_load(insn, hist, bt);
      [[fallthrough]];
    case bpf::ST:
      sync_after = true;
      return through_store(insn, hist, bt);
    case bpf::LD:
      if (!bt.has_reg(insn.dst)) return 0;
      bt.clear_reg(insn.dst);
      sync_after = true;
      return insn.mode() == bpf::IND || insn.mode() == bpf::ABS ? CONSERVATIVE : 0;
    default:
      break;
  }
  // Jumps.
  if (insn.op() != bpf::CALL && insn.op() != bpf::EXIT && !insn.src_is_reg()) return sync_after = true, 0;
  if (insn.code == (bpf::JMP | bpf::CALL) && insn.src == bpf::PSEUDO_CALL)
    return through_subprog_call(env, insn, idx, subseq_idx, bt);
  if (is_sync_callback_calling_insn(env.prog, &insn) && idx != subseq_idx - 1) {
    if (bt.reg_masks[bt.frame] & ~args_mask) return env.reject(Msg::CallbackUnexpectedRegs, bt.reg_masks[bt.frame]);
    if (bt.stack_masks[bt.frame]) return env.reject(Msg::CallbackLeftoverSlots, bt.stack_masks[bt.frame]);
    bt.reg_masks[bt.frame] &= ~args_mask;
    return exit_subprog(env, bt);
  }
  sync_after = true;
  if (insn.op() == bpf::CALL) {
    if (insn.src == bpf::PSEUDO_KFUNC_CALL && insn.imm == 0) return CONSERVATIVE;
    bt.clear_reg(0);
    if (bt.reg_masks[bt.frame] & args_mask) return env.reject(Msg::BacktrackCallRegs, bt.reg_masks[bt.frame]);
    if (insn.src == 0 && static_cast<u32>(insn.imm) == func::tail_call && subseq_idx - idx != 1 &&
        env.target.has(Feature::tail_call_returns))
      return enter_subprog(env, bt);
    return 0;
  }
  if (insn.op() == bpf::EXIT) {
    sync_after = false;
    return through_exit(env, subseq_idx, bt);
  }
  if (insn.src_is_reg()) {
    if (!bt.has_reg(insn.dst) && !bt.has_reg(insn.src)) return sync_after = false, 0;
    if (!hist || !(hist->flags & HIST_SRC_REG_STACK)) bt.set_reg(insn.src);
    if (!hist || !(hist->flags & HIST_DST_REG_STACK)) bt.set_reg(insn.dst);
  }
  return 0;
}

int backtrack_insn(Env& env, int idx, int subseq_idx, const HistoryEntry* hist, Backtrack& bt) {
  if (env.prog.insns[static_cast<u32>(idx)].code == 0) return 0;
  if (env.notes.detailed())
    env.notes.detail(Msg::MarkPreciseBefore, bt.frame, reg_list(bt.reg_masks[bt.frame]),
                     slot_list(bt.stack_masks[bt.frame]), idx, insn_text(env.prog, static_cast<u32>(idx)));
  sync_linked(bt, hist);
  bool sync_after = false;
  int err = through(env, idx, subseq_idx, hist, bt, sync_after);
  if (!err && sync_after) sync_linked(bt, hist);
  return err;
}

/// Marks what is wanted in a parent state, and stops looking for what cannot be followed or was marked before.
int mark_in_parent(Env& env, Remembered& st, Backtrack& bt, bool& changed) {
  for (int f = static_cast<int>(bt.frame); f >= 0; f--) {
    auto fr = static_cast<u32>(f);
    SavedFrame& func = *st.frame[fr];
    for (u32 m = bt.reg_masks[fr]; m; m &= m - 1) {
      auto i = static_cast<u32>(std::countr_zero(m));
      if (func.regs[i]->type != SCALAR_VALUE || func.reg_precise(i)) bt.clear_reg(fr, i);
    }
    for (u64 m = bt.stack_masks[fr]; m; m &= m - 1) {
      auto i = static_cast<u32>(std::countr_zero(m));
      if (i >= func.stack.size()) return env.reject(Msg::BacktrackStackSlot, i, func.stack.size());
      if (!func.stack[i].is_spilled_scalar() || func.slot_precise(i)) bt.clear_slot(fr, i);
    }
    changed |= bt.reg_masks[fr] || bt.stack_masks[fr];
    func.precise_regs = static_cast<u16>(func.precise_regs | bt.reg_masks[fr]);
    func.precise_slots |= bt.stack_masks[fr];
    if (env.notes.detailed()) {
      env.notes.detail(Msg::MarkPreciseParent, fr, reg_list(bt.reg_masks[fr]), slot_list(bt.stack_masks[fr]));
      env.notes.observer->on_detail_state(env, *st.restored(), fr);
    }
  }
  return 0;
}

/// Leaves out what an earlier walk looked for here, and notes the rest for those to come; true where nothing is left.
bool leave_out_walked(Backtrack& bt, State& st, const Backwards& walk, u32& notes) {
  if (!bt.only_in_frame()) return false;
  const Walks::Stop stop{walk.entries(), walk.at(), bt.frame, bt.reg_masks[bt.frame], bt.stack_masks[bt.frame]};
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

int chain_precision(Env& env, State* starting_state, int regno, bool* changed_out) {
  if (!env.prog.may.bpf_capable) return 0;
  Backtrack& bt = env.explorer->bt;
  const StateFacts* st = starting_state;
  Remembered* parent = nullptr;  // the same as st, once a parent is reached
  int first_idx = static_cast<int>(st->first_insn_idx);
  int last_idx = static_cast<int>(starting_state->insn_idx);
  int subseq_idx = -1;
  bool changed = false;
  auto done = [&](int err) {
    if (changed && changed_out) *changed_out = true;
    return err;
  };

  bt.frame = starting_state->curframe;
  if (regno >= 0) {
    if (starting_state->frame[bt.frame]->regs[static_cast<u32>(regno)].type != SCALAR_VALUE)
      return env.reject(Msg::BacktrackMisuse);
    bt.set_reg(static_cast<u32>(regno));
  }
  if (bt.empty()) return 0;

  for (;;) {
    env.notes.detail(Msg::MarkPreciseRange, bt.frame, last_idx, first_idx, subseq_idx);
    if (last_idx < 0) {
      // The entry of a global subprogram: its arguments are where scalars come from.
      const FrameFacts& f = parent ? static_cast<const FrameFacts&>(*parent->frame[0]) : *starting_state->frame[0];
      if (st->curframe == 0 && f.subprogno > 0 && f.callsite == MAIN_FUNC_CALLSITE && bt.stack_masks[bt.frame] == 0 &&
          (bt.reg_masks[bt.frame] & ~args_mask) == 0) {
        for (u32 m = std::exchange(bt.reg_masks[bt.frame], 0); m; m &= m - 1)
          changed |= mark_argument(env, *starting_state, parent, static_cast<u32>(std::countr_zero(m)));
        return done(0);
      }
      return env.reject(Msg::BacktrackFuncEntry, f.subprogno, bt.reg_masks[bt.frame], bt.stack_masks[bt.frame]);
    }
    Backwards walk(*st, last_idx, subseq_idx);
    State* noted = !parent && starting_state == env.path.cur_state && !env.notes.detailed() ? starting_state : nullptr;
    u32 notes = noted ? notes_a_walk : 0;
    for (bool more = parent || walk.next(); more;
         more = walk.next()) {  // the instruction that asks is not walked through
      if (!env.notes.detailed() && !walk.seek(bt, notes   ? Backwards::Halts::Entry
                                                  : noted ? Backwards::Halts::Noted
                                                          : Backwards::Halts::Concern))
        break;
      if (static_cast<size_t>(walk.at()) >= env.prog.insns.size()) return env.reject(Msg::BacktrackIndex, walk.at());
      if (noted && leave_out_walked(bt, *noted, walk, notes)) return done(0);
      const int err = backtrack_insn(env, walk.at(), walk.after(), walk.entry(), bt);
      if (err == CONSERVATIVE) {
        mark_all_scalars_precise(env, starting_state);
        bt.clear();
        return done(0);
      }
      if (err) return err;
      if (bt.empty()) return done(0);
    }
    st = parent = st->parent;
    if (!parent) break;
    if (int err = mark_in_parent(env, *parent, bt, changed)) return err;
    if (bt.empty()) return done(0);
    subseq_idx = first_idx;
    last_idx = static_cast<int>(st->last_insn_idx);
    first_idx = static_cast<int>(st->first_insn_idx);
  }
  if (!bt.empty()) {
    mark_all_scalars_precise(env, starting_state);
    bt.clear();
  }
  return done(0);
}

}  // namespace

void prepare_backtrack(Env& env) {
  std::vector<u16>& concerns = env.explorer->bt.concerns;
  concerns.reserve(env.prog.insns.size());
  for (const Insn& insn : env.prog.insns) concerns.push_back(concern_of(insn));
}

int push_jmp_history(Env& env, State* cur, int insn_flags, u64 linked_regs) {
  if (env.path.cur_hist_ent) {
    env.path.cur_hist_ent->flags = (env.path.cur_hist_ent->flags | static_cast<u32>(insn_flags)) & 0xfff;
    env.path.cur_hist_ent->linked_regs = linked_regs;
    return 0;
  }
  cur->history.push_back({env.path.insn_idx & 0x7fffffff, 0, env.path.prev_insn_idx & 0xfffff,
                          static_cast<u32>(insn_flags) & 0xfff, linked_regs});
  env.path.cur_hist_ent = &cur->history.back();
  return 0;
}

int mark_chain_precision(Env& env, int regno) { return chain_precision(env, env.path.cur_state, regno, nullptr); }

int mark_chain_precision_batch(Env& env, State* starting_state, bool* changed) {
  return chain_precision(env, starting_state, -1, changed);
}

void mark_all_scalars_precise(Env& env, const State* live) {
  env.notes.detail(Msg::MarkPreciseFallback, live->curframe);
  for (Remembered* st = live->parent; st; st = st->parent)
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

void mark_all_scalars_imprecise(Env&, State* st) {
  st->for_each_reg([](const Reg& r) { return r.type == SCALAR_VALUE && r.precise; }, [](Reg& r) { r.precise = false; });
}

}  // namespace bpfcheck::sim
