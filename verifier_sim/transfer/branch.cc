// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See branch.h.
#include "verifier_sim/transfer/branch.h"

#include <algorithm>
#include <optional>

#include "verifier_sim/memory/bounds_check.h"
#include "verifier_sim/memory/record.h"
#include "verifier_sim/search/backtrack.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/search/linked_regs.h"
#include "verifier_sim/search/widen.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/reference.h"
#include "verifier_sim/transfer/reg_access.h"
#include "verifier_sim/transfer/sanitize.h"

namespace bpfcheck::sim {
namespace {

/// A comparison with the packet's end that came out well: pointers of this identity may be read up to `dst`'s offset.
void find_good_pkt_pointers(const Env& env, State* st, const Reg* dst, u32 type, bool range_right_open) {
  const bool folds = env.target.has(Feature::pointer_offset_folded);
  const u64 end = dst->umax() + static_cast<u64>(s64{dst->off});
  if ((dst->off < 0 && !folds) || (range_right_open && (folds ? end == 0 : dst->off == 0))) return;
  if (dst->umax() > MAX_PACKET_OFF || end > MAX_PACKET_OFF) return;
  const int range = (folds ? static_cast<int>(end) : dst->off) + (range_right_open ? 1 : 0);
  const u32 id = dst->id;
  st->for_each_reg([=](const Reg& r) { return r.type == type && r.id == id && r.u.range < range; },
                   [=](Reg& r) { r.u.range = range; });
}

/// mark_pkt_end: from here on the pointer is known to be at or beyond the end.
void mark_pkt_end(State* st, u32 regno, bool range_open) {
  Reg* reg = &st->regs()[regno];
  if (reg->type != PTR_TO_PACKET) return;  // not for pkt_meta
  reg->u.range = range_open ? BEYOND_PKT_END : AT_PKT_END;
}

std::optional<bool> pkt_branch_taken(const Reg* dst, const Reg* src, u8 op) {
  const Reg* pkt;
  if (src->type == PTR_TO_PACKET_END) {
    pkt = dst;
  } else if (dst->type == PTR_TO_PACKET_END) {
    pkt = src;
    op = flip_opcode(op);
  } else {
    return std::nullopt;
  }
  if (pkt->u.range >= 0) return std::nullopt;
  if ((op == bpf::JLE || op == bpf::JGT) && pkt->u.range == BEYOND_PKT_END) return op == bpf::JGT;
  if (op == bpf::JLT || op == bpf::JGE) return op == bpf::JGE;
  return std::nullopt;
}

std::optional<bool> is_branch_taken(const Env& env, const Reg* a, const Reg* b, u8 op, bool jmp32) {
  if (a->is_pkt_any() && b->is_pkt_any() && !jmp32) return pkt_branch_taken(a, b, op);
  if (a->type == SCALAR_VALUE && b->type == SCALAR_VALUE) return env.laws.ranges->compare(*a, *b, op, jmp32);
  // A pointer that is not NULL against zero; its lower half may well be zero.
  if (jmp32 && env.target.has(Feature::pointer_halves_unknown)) return std::nullopt;
  if (!is_reg_const(b, jmp32) && env.laws.rules.outside_constant) {
    op = flip_opcode(op);
    std::swap(a, b);
  }
  if (!is_reg_const(b, jmp32) || !reg_not_null(env.target, a) || reg_const_value(b, jmp32) != 0) return std::nullopt;
  return op == bpf::JEQ || op == bpf::JNE ? std::optional(op == bpf::JNE) : std::nullopt;
}

Stop reg_set_min_max(Env& env, Reg* true1, Reg* true2, Reg* false1, Reg* false2, u8 op, bool jmp32) {
  if (false1->type != SCALAR_VALUE || false2->type != SCALAR_VALUE) return go_on;
  env.laws.ranges->assume(*false1, *false2, rev_opcode(op), jmp32);
  env.laws.ranges->assume(*true1, *true2, op, jmp32);
  if (Stop stop = reg_bounds_sanity_check(env, true1, "true_reg1")) return stop;
  if (Stop stop = reg_bounds_sanity_check(env, true2, "true_reg2")) return stop;
  if (Stop stop = reg_bounds_sanity_check(env, false1, "false_reg1")) return stop;
  return reg_bounds_sanity_check(env, false2, "false_reg2");
}

bool is_same_ptr_or_null(const Reg& r, u32 id) {
  if (!(r.type & PTR_MAYBE_NULL) || r.id != id || !(is_rcu_reg(&r) || r.id)) return false;
  if (r.smin() || r.smax() || !r.var_off().equals_const(0)) return false;
  const bool allocated = r.base() == PTR_TO_BTF_ID && (r.type & MEM_ALLOC);
  return allocated || !r.off;
}

void mark_ptr_or_null_reg(const Env& env, Reg* reg, bool is_null) {
  if (is_null) {
    reg->type = SCALAR_VALUE;
    reg->id = reg->ref_obj_id = 0;
    return;
  }
  mark_ptr_not_null_reg(reg);
  if (!env.target.has(Feature::identities_kept) && !reg_may_point_to_spin_lock(env, reg)) reg->id = 0;
}

/// `pkt <op> other` where other is the packet's end (or pkt_meta against the packet's start): which branch proved what.
bool try_match_pkt_pointers(const Env& env, const Insn& insn, Reg* dst, Reg* src, State* this_branch, State* other) {
  if (!insn.src_is_reg() || insn.cls() == bpf::JMP32) return false;
  auto data_first = [](const Reg* data, const Reg* end) {
    return (data->type == PTR_TO_PACKET && end->type == PTR_TO_PACKET_END) ||
           (data->type == PTR_TO_PACKET_META && reg_is_init_pkt_pointer(end, PTR_TO_PACKET));
  };
  const bool forward = data_first(dst, src);
  if (!forward && !data_first(src, dst)) return false;
  Reg* data = forward ? dst : src;
  const u32 regno = forward ? insn.dst : insn.src;
  const u32 type = data->type;
  u8 op = insn.op();
  if (!forward) op = flip_opcode(op);
  switch (op) {
    case bpf::JGT:  // data > end: the fall-through has data <= end
      find_good_pkt_pointers(env, this_branch, data, type, false);
      mark_pkt_end(other, regno, true);
      return true;
    case bpf::JLT:
      find_good_pkt_pointers(env, other, data, type, true);
      mark_pkt_end(this_branch, regno, false);
      return true;
    case bpf::JGE:
      find_good_pkt_pointers(env, this_branch, data, type, true);
      mark_pkt_end(other, regno, false);
      return true;
    case bpf::JLE:
      find_good_pkt_pointers(env, other, data, type, false);
      mark_pkt_end(this_branch, regno, true);
      return true;
    default:
      return false;
  }
}

Stop check_may_goto(Env& env, const Insn& insn, u32& next) {
  if (insn.code != (bpf::JMP | bpf::JCOND) || insn.src != bpf::MAY_GOTO || insn.dst || insn.imm)
    return env.reject(Msg::InvalidMayGoto, insn.imm);
  const int idx = static_cast<int>(env.path.insn_idx);
  const Remembered* parent = env.path.cur_state->parent;
  const Remembered* prev = parent ? find_prev_entry(env, *parent, idx) : nullptr;
  State* queued = push_stack(env, idx + 1, idx, false);
  if (!queued) return Stop::refused(ENOMEM);
  queued->may_goto_depth++;
  if (prev) widen_imprecise_scalars(env, *prev, queued);
  next = static_cast<u32>(idx + insn.off + 1);
  return go_on;
}

void tell_state(Env& env) {
  if (env.notes.watched()) env.notes.observer->on_state(env, *env.path.cur_state, env.path.cur_state->curframe, false);
}

/// What the jump compares with: a register, or its immediate in one of the path's spare registers.
Expected<Reg*> second_operand(Env& env, const Insn& insn) {
  if (!insn.src_is_reg()) {
    if (insn.src != 0) return std::unexpected(env.reject(Msg::JmpReservedFields));
    Reg* src = &env.path.fake_reg[0];
    *src = Reg{};
    src->type = SCALAR_VALUE;
    mark_reg_known_raw(src, static_cast<u64>(static_cast<s64>(insn.imm)));
    return src;
  }
  if (insn.imm != 0) return std::unexpected(env.reject(Msg::JmpReservedFields));
  if (Stop stop = check_reg_arg(env, insn.src, SRC_OP)) return std::unexpected(stop);
  Reg* src = &env.path.cur_regs()[insn.src];
  const bool packet = env.path.cur_regs()[insn.dst].is_pkt_any() && src->is_pkt_any();
  if (!(packet && env.target.has(Feature::packet_pointers_compared)) && is_pointer_value(env, insn.src))
    return std::unexpected(env.reject(Msg::PtrComparison, static_cast<u32>(insn.src)));
  return src;
}

/// One way alone: what told so is precise. The branch not taken may still be, under speculation.
Stop follow_known_branch(Env& env, const Insn& insn, const Reg& src, u32 not_taken) {
  if (env.path.cur_regs()[insn.dst].type == SCALAR_VALUE)
    if (Stop stop = mark_chain_precision(env, insn.dst)) return stop;
  if (insn.src_is_reg() && src.type == SCALAR_VALUE)
    if (Stop stop = mark_chain_precision(env, insn.src)) return stop;
  if (!env.prog.may.bypass_spec_v1 && !sanitize_speculative_path(env, &insn, not_taken, env.path.insn_idx))
    return Stop::refused(EFAULT);
  if (env.target.has(Feature::states_beside_insns)) tell_state(env);
  return go_on;
}

/// Either way teaches something of the numbers that are compared, and of those linked to them.
Stop narrow_both(Env& env, const Insn& insn, Reg* dst, Reg* src, State* other, const LinkedRegs& linked) {
  const bool by_reg = insn.src_is_reg(), jmp32 = insn.cls() == bpf::JMP32, recorded = env.laws.search.links_recorded;
  State* this_branch = env.path.cur_state;
  Reg* other_regs = other->regs();
  Reg *other_src = &other_regs[insn.src], *this_src = src;
  if (!by_reg) {
    const bool own = env.target.has(Feature::own_immediates);  // of either branch
    env.path.fake_reg[1] = env.path.fake_reg[0];
    other_src = &env.path.fake_reg[0];
    this_src = &env.path.fake_reg[own ? 1 : 0];
  }
  if (Stop stop = reg_set_min_max(env, &other_regs[insn.dst], other_src, dst, this_src, insn.op(), jmp32)) return stop;
  auto sync_both = [&](const Reg* reg, u32 regno) {
    if (reg->type != SCALAR_VALUE || !reg->id || reg->id != other_regs[regno].id) return;
    if (!recorded) {
      copy_to_equal_scalars(env, this_branch, *reg);
      copy_to_equal_scalars(env, other, other_regs[regno]);
      return;
    }
    sync_linked_regs(env, this_branch, reg, linked);
    sync_linked_regs(env, other, &other_regs[regno], linked);
  };
  if (by_reg && (recorded || dst->type == SCALAR_VALUE)) sync_both(src, insn.src);
  sync_both(dst, insn.dst);
  return go_on;
}

/// A pointer that may be NULL equals one that is not.
void learn_not_null(const Env& env, const Insn& insn, const Reg& dst, const Reg& src, Reg* regs, Reg* other_regs) {
  if (!env.target.has(Feature::null_by_comparison) || insn.cls() == bpf::JMP32 || !insn.src_is_reg()) return;
  if (src.type == SCALAR_VALUE || dst.type == SCALAR_VALUE || src.maybe_null() == dst.maybe_null() ||
      src.base() == PTR_TO_BTF_ID || dst.base() == PTR_TO_BTF_ID)
    return;
  if (env.target.has(Feature::equal_not_null) && !reg_not_null(env.target, src.maybe_null() ? &dst : &src)) return;
  Reg* eq = insn.op() == bpf::JEQ ? other_regs : insn.op() == bpf::JNE ? regs : nullptr;
  if (eq) mark_ptr_not_null_reg(&eq[src.maybe_null() ? insn.src : insn.dst]);
}

}  // namespace

void mark_ptr_or_null_regs(const Env& env, State* st, u32 regno, bool is_null) {
  Reg* reg = &st->regs()[regno];
  const u32 ref_obj_id = reg->ref_obj_id, id = reg->id;
  if (ref_obj_id && ref_obj_id == id && is_null) release_reference_nomark(st, ref_obj_id);
  st->for_each_reg([=](const Reg& r) { return is_same_ptr_or_null(r, id); },
                   [&](Reg& r) { mark_ptr_or_null_reg(env, &r, is_null); });
}

Stop check_cond_jmp_op(Env& env, const Insn* ip, u32& next) {
  const u32 here = env.path.insn_idx;
  const Insn insn = *ip;
  const u8 op = insn.op();
  if (op == bpf::JA || op > bpf::JCOND) return env.reject(Msg::InvalidJmpOpcode, op);
  if (op == bpf::JCOND) return check_may_goto(env, insn, next);

  State* this_branch = env.path.cur_state;
  Reg* regs = env.path.cur_regs();
  const bool left_first = env.target.has(Feature::packet_pointers_compared);
  if (left_first)
    if (Stop stop = check_reg_arg(env, insn.dst, SRC_OP)) return stop;
  const Expected<Reg*> operand = second_operand(env, insn);
  if (!operand) return operand.error();
  if (!left_first)
    if (Stop stop = check_reg_arg(env, insn.dst, SRC_OP)) return stop;
  Reg* dst = &regs[insn.dst];
  Reg* src = *operand;
  const bool by_reg = insn.src_is_reg(), jmp32 = insn.cls() == bpf::JMP32;
  int flags = by_reg && src->type == PTR_TO_STACK ? int{HIST_SRC_REG_STACK} : 0;
  if (dst->type == PTR_TO_STACK) flags |= HIST_DST_REG_STACK;
  if (flags)
    if (Stop stop = push_jmp_history(env, this_branch, flags, 0)) return stop;

  const auto target = static_cast<u32>(static_cast<int>(here) + insn.off + 1);
  const std::optional<bool> pred = is_branch_taken(env, dst, src, op, jmp32);
  const bool jumps = pred.value_or(false);
  next = jumps ? target : here + 1;
  if (pred) return follow_known_branch(env, insn, *src, jumps ? here + 1 : target);

  LinkedRegs linked;
  const bool recorded = env.laws.search.links_recorded;
  if (recorded && by_reg && src->type == SCALAR_VALUE && src->id)
    collect_linked_regs(env, this_branch, src->id, &linked);
  if (recorded && dst->type == SCALAR_VALUE && dst->id) collect_linked_regs(env, this_branch, dst->id, &linked);
  if (linked.cnt > 1)
    if (Stop stop = push_jmp_history(env, this_branch, 0, linked_regs_pack(linked))) return stop;

  State* other = push_stack(env, static_cast<int>(target), static_cast<int>(here), false);
  if (!other) return Stop::refused(EFAULT);
  if (Stop stop = narrow_both(env, insn, dst, src, other, linked)) return stop;
  learn_not_null(env, insn, *dst, *src, regs, other->regs());
  const bool null = by_reg ? src->is_null() && env.target.has(Feature::null_in_register) : insn.imm == 0;
  if (!jmp32 && null && (op == bpf::JEQ || op == bpf::JNE) && dst->maybe_null()) {
    if (by_reg && env.target.has(Feature::null_register_precise))
      if (Stop stop = mark_chain_precision(env, insn.src)) return stop;
    mark_ptr_or_null_regs(env, this_branch, insn.dst, op == bpf::JNE);
    mark_ptr_or_null_regs(env, other, insn.dst, op == bpf::JEQ);
  } else if (!try_match_pkt_pointers(env, insn, dst, &regs[insn.src], this_branch, other) &&
             is_pointer_value(env, insn.dst)) {
    return env.reject(Msg::PtrComparison, static_cast<u32>(insn.dst));
  }
  tell_state(env);
  return go_on;
}

}  // namespace bpfcheck::sim
