// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A step back over an instruction (backtrack_insn: kernel/bpf/verifier.c, 6.18). Kernels differ in how far they see:
// before 6.4 no further than a call, before 6.8 only what goes through the frame pointer itself.
#include <bit>

#include "kernel_db/helper_ids.h"
#include "verifier_sim/flow/subprogs.h"
#include "verifier_sim/program/call_kind.h"
#include "verifier_sim/program/insn_text.h"
#include "verifier_sim/search/backwards.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/search/linked_regs.h"

namespace bpfcheck::sim {
namespace {

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

Stop enter_subprog(Env& env, Backtrack& bt) {
  if (bt.frame == call_frames(env.target) - 1) return env.reject(Msg::BacktrackEnter, bt.frame);
  bt.frame++;
  return go_on;
}

Stop exit_subprog(Env& env, Backtrack& bt) {
  if (bt.frame == 0) return env.reject(Msg::BacktrackExit);
  bt.frame--;
  return go_on;
}

/// The frame pointer is looked for in no instruction.
bool skips_fp(const Target& t) {
  return t.has(Feature::precision_skips_fp) && t.has(Feature::stack_pointers_imprecise);
}

Stop through_alu(const Env& env, const Insn& insn, Backtrack& bt) {
  if (!bt.has_reg(insn.dst)) return go_on;
  u8 op = insn.op();
  if (op == bpf::END || op == bpf::NEG) return go_on;
  if (op == bpf::MOV) bt.clear_reg(insn.dst);
  // The frame pointer is no scalar; kernels that look for it all the same fail where a call is met first.
  if (insn.src_is_reg() && (insn.src != bpf::REG_FP || !env.target.has(Feature::precision_skips_fp)))
    bt.set_reg(insn.src);
  return go_on;
}

/// The slot that an instruction accesses: the history knows; kernels without such history see what goes through the
/// frame pointer itself.
struct SlotAccess {
  bool known = false;
  u32 frame = 0, slot = 0;
};

SlotAccess accessed_slot(const Env& env, const Insn& insn, u32 base, const HistoryEntry* hist, const Backtrack& bt) {
  if (!env.laws.search.stack_history)
    return {base == bpf::REG_FP, bt.frame, static_cast<u32>(-insn.off - 1) / bpf::REG_SIZE & 63};
  if (!hist || !(hist->flags & HIST_STACK_ACCESS)) return {};
  const u32 flags = hist->flags;
  return {true, flags & HIST_FRAMENO_MASK, (flags >> HIST_SPI_SHIFT) & HIST_SPI_MASK};
}

Stop through_load(const Env& env, const Insn& insn, u32 reg, u32 base, const HistoryEntry* hist, Backtrack& bt) {
  if (!bt.has_reg(reg)) return go_on;
  bt.clear_reg(reg);
  if (const SlotAccess a = accessed_slot(env, insn, base, hist, bt); a.known) bt.set_slot(a.frame, a.slot);
  return go_on;
}

Stop through_store(const Env& env, const Insn& insn, const HistoryEntry* hist, Backtrack& bt) {
  if (bt.has_reg(insn.dst)) return CONSERVATIVE;  // a scalar is no address: pointers were subtracted
  const auto [known, fr, spi] = accessed_slot(env, insn, insn.dst, hist, bt);
  if (!known) return go_on;
  if (!bt.has_slot(fr, spi)) return go_on;
  bt.clear_slot(fr, spi);
  if (insn.cls() == bpf::STX) bt.set_reg(insn.src);
  return go_on;
}

Stop through_subprog_call(Env& env, const Insn& insn, int idx, int subseq_idx, Backtrack& bt) {
  if (!env.laws.search.precision_frames) return CONSERVATIVE;
  const std::optional<u32> subprog = find_subprog(env.prog, idx + insn.imm + 1);
  if (!subprog) return Stop::refused(EFAULT);
  if (env.prog.subprog_is_global(*subprog)) {
    if (idx + 1 != subseq_idx) env.notes.note(Msg::BacktrackExtraInsn);
    if (bt.reg_masks[bt.frame] & args_mask) return env.reject(Msg::BacktrackGlobalRegs, bt.reg_masks[bt.frame]);
    bt.clear_reg(0);
    return go_on;
  }
  // The call of a static subprogram leaves it, backwards: only its arguments may still be wanted.
  if (const u32 regs = bt.reg_masks[bt.frame]; regs & ~args_mask)
    return env.reject(
        regs == 1u << bpf::REG_FP && !skips_fp(env.target) ? Msg::BacktrackFramePointer : Msg::BacktrackStaticRegs,
        regs);
  if (bt.stack_masks[bt.frame])
    return env.laws.search.stack_history ? env.reject(Msg::BacktrackStaticSlots, bt.stack_masks[bt.frame])
                                         : CONSERVATIVE;
  u32 wanted = bt.reg_masks[bt.frame] & args_mask;
  bt.reg_masks[bt.frame] &= ~args_mask;
  if (wanted) bt.reg_masks[bt.frame ? bt.frame - 1 : 0] |= wanted;
  return exit_subprog(env, bt);
}

Stop through_exit(Env& env, int subseq_idx, Backtrack& bt) {
  if (!env.laws.search.precision_frames) return CONSERVATIVE;
  const bool callbacks = env.target.has(Feature::callbacks_walked_back);
  if (!callbacks && subseq_idx >= 0 && bpf_calls_callback(env, static_cast<u32>(subseq_idx)))
    bt.reg_masks[bt.frame] &= ~args_mask;
  // After a subprogram's exit comes the instruction behind its call; after a callback's, the call itself.
  const Insn* before = subseq_idx >= 1 ? &env.prog.insns[static_cast<u32>(subseq_idx) - 1] : nullptr;
  const bool called = before && before->code == (bpf::JMP | bpf::CALL) && before->src == bpf::PSEUDO_CALL;
  if ((called || !callbacks) && (bt.reg_masks[bt.frame] & args_mask))
    return env.reject(Msg::BacktrackExitRegs, bt.reg_masks[bt.frame]);
  const bool r0 = called && bt.has_reg(0);
  bt.clear_reg(0);
  if (Stop stop = enter_subprog(env, bt)) return stop;
  if (r0) bt.set_reg(0);
  return go_on;
}

/// backtrack_insn without its words.
Stop through(Env& env, int idx, int subseq_idx, const HistoryEntry* hist, Backtrack& bt, bool& sync_after) {
  const Insn& insn = env.prog.insns[static_cast<u32>(idx)];
  sync_after = false;
  switch (insn.cls()) {
    case bpf::ALU:
    case bpf::ALU64:
      if (!bt.has_reg(insn.dst) || insn.op() == bpf::END || insn.op() == bpf::NEG) return go_on;
      sync_after = true;
      return through_alu(env, insn, bt);
    case bpf::LDX:
      return sync_after = bt.has_reg(insn.dst) && hist && (hist->flags & HIST_STACK_ACCESS),
             through_load(env, insn, insn.dst, insn.src, hist, bt);
    case bpf::STX:
      if (is_atomic_load_insn(&insn))
        return sync_after = bt.has_reg(insn.dst) && hist && (hist->flags & HIST_STACK_ACCESS),
               through_load(env, insn, insn.dst, insn.src, hist, bt);
      if (insn.mode() == bpf::ATOMIC && (insn.imm & bpf::FETCH) && insn.imm != bpf::LOAD_ACQ &&
          insn.imm != bpf::STORE_REL && env.target.has(Feature::precision_fetch)) {
        const u32 reg = insn.imm == bpf::CMPXCHG ? 0 : insn.src;
        return sync_after = bt.has_reg(reg) && hist && (hist->flags & HIST_STACK_ACCESS),
               through_load(env, insn, reg, insn.dst, hist, bt);
      }
      [[fallthrough]];
    case bpf::ST:
      sync_after = true;
      return through_store(env, insn, hist, bt);
    case bpf::LD:
      if (insn.mode() != bpf::IMM && env.target.has(Feature::left_load_walked_back)) {
        if (bt.has_reg(insn.dst)) return CONSERVATIVE;
        return subseq_idx == idx + 1 ? go_on : enter_subprog(env, bt);
      }
      if (!bt.has_reg(insn.dst)) return go_on;
      bt.clear_reg(insn.dst);
      sync_after = true;
      return insn.mode() == bpf::IND || insn.mode() == bpf::ABS ? CONSERVATIVE : go_on;
    default:
      break;
  }
  // Jumps.
  if (insn.op() != bpf::CALL && insn.op() != bpf::EXIT && !insn.src_is_reg()) return sync_after = true, go_on;
  if (insn.code == (bpf::JMP | bpf::CALL) && insn.src == bpf::PSEUDO_CALL)
    return through_subprog_call(env, insn, idx, subseq_idx, bt);
  if (!env.laws.search.precision_frames &&
      (is_sync_callback_calling_insn(env.prog, &insn) || is_async_callback_calling_insn(env.prog, &insn)))
    return CONSERVATIVE;
  if (is_sync_callback_calling_insn(env.prog, &insn) && idx != subseq_idx - 1) {
    if (bt.reg_masks[bt.frame] & ~args_mask) return env.reject(Msg::CallbackUnexpectedRegs, bt.reg_masks[bt.frame]);
    if (bt.stack_masks[bt.frame])
      return env.laws.search.stack_history ? env.reject(Msg::CallbackLeftoverSlots, bt.stack_masks[bt.frame])
                                           : CONSERVATIVE;
    bt.reg_masks[bt.frame] &= ~args_mask;
    return exit_subprog(env, bt);
  }
  sync_after = true;
  if (insn.op() == bpf::CALL) {
    if (insn.src == bpf::PSEUDO_KFUNC_CALL && insn.imm == 0) return CONSERVATIVE;
    bt.clear_reg(0);
    if (bt.reg_masks[bt.frame] & args_mask) return env.reject(Msg::BacktrackCallRegs, bt.reg_masks[bt.frame]);
    if (insn.src == 0 && static_cast<u32>(insn.imm) == func::tail_call && subseq_idx - idx != 1 &&
        env.laws.rules.tail_call_returns)
      return enter_subprog(env, bt);
    return go_on;
  }
  if (insn.op() == bpf::EXIT) {
    sync_after = false;
    return through_exit(env, subseq_idx, bt);
  }
  if (insn.src_is_reg()) {
    if (!bt.has_reg(insn.dst) && !bt.has_reg(insn.src)) return sync_after = false, go_on;
    const u32 flags = hist && env.target.has(Feature::stack_pointers_imprecise) ? hist->flags : 0;
    if (!(flags & HIST_SRC_REG_STACK)) bt.set_reg(insn.src);
    if (!(flags & HIST_DST_REG_STACK)) bt.set_reg(insn.dst);
  }
  return go_on;
}

}  // namespace

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

Stop backtrack_insn(Env& env, int idx, int subseq_idx, const HistoryEntry* hist, Backtrack& bt) {
  if (env.prog.insns[static_cast<u32>(idx)].code == 0) return go_on;
  if (env.notes.detailed())
    env.notes.detail(Msg::MarkPreciseBefore, bt.frame, reg_list(bt.reg_masks[bt.frame]),
                     slot_list(bt.stack_masks[bt.frame]), idx, insn_text(env.prog, static_cast<u32>(idx)),
                     bt.reg_masks[bt.frame], bt.stack_masks[bt.frame]);
  sync_linked(bt, hist);
  bool sync_after = false;
  Stop stop = through(env, idx, subseq_idx, hist, bt, sync_after);
  if (!stop && sync_after) sync_linked(bt, hist);
  return stop;
}

}  // namespace bpfcheck::sim
