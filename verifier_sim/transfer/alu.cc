// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See alu.h.
#include "verifier_sim/transfer/alu.h"

#include "verifier_sim/memory/bounds_check.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/search/backtrack.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/transfer/reg_access.h"
#include "verifier_sim/transfer/sanitize.h"

namespace bpfcheck::sim {
namespace {

/// A value that is -1 or 0 before it is masked is followed as both: masks of comparisons keep their meaning.
Stop maybe_fork_scalars(Env& env, const Insn& insn, Reg* dst) {
  bool narrow;
  if (dst->smin() == -1 && dst->smax() == 0)
    narrow = false;
  else if (dst->s32_min() == -1 && dst->s32_max() == 0)
    narrow = true;
  else
    return go_on;
  const int at = static_cast<int>(env.path.insn_idx);
  State* branch = push_stack(env, env.target.has(Feature::fork_repeats) ? at : at + 1, at, false);
  if (!branch) return Stop::refused(EFAULT);
  Reg* other = &branch->regs()[insn.dst];
  if (narrow) {
    other->set_known32(0);
    dst->set_known32(~u64{0});
  } else {
    mark_reg_known_raw(other, 0);
    mark_reg_known_raw(dst, ~u64{0});
  }
  return go_on;
}

/// The value is no longer that of what it was copied from, nor at a constant distance.
void forget_origin(Reg* reg) { reg->id = 0, reg->off = 0; }

bool byte_swap_unlinks(const Env& env, const Insn& i) {
  const bool swap = i.cls() == bpf::ALU64 || i.src_is_reg();  // to big endian, on a little-endian machine
  return (swap || i.imm == 16 || i.imm == 32) && env.target.has(Feature::byte_swap_unlinks);
}

/// dst = dst <op> src; `src` is not dst itself.
Stop adjust_scalar(Env& env, const Insn& insn, Reg* dst, const Scalar& src) {
  if (const Followed followed = env.laws.ranges->follows(insn, src); followed != Followed::Yes) {
    mark_reg_unknown_raw(env.prog.may, dst);
    if (followed == Followed::No) return go_on;
    env.laws.ranges->zero_extend(*dst);
    env.laws.ranges->settle(*dst);
    return go_on;
  }
  const u8 op = insn.op();
  if (sanitize_needed(op))
    if (Stop stop = sanitize_val_alu(env, insn)) return stop;
  if ((op == bpf::AND || op == bpf::OR) && src.is_const() && env.target.has(Feature::forked_masks))
    if (Stop stop = maybe_fork_scalars(env, insn, dst)) return stop;
  if (op == bpf::NEG) mark_reg_known_raw(dst, 0);
  if (op == bpf::END && byte_swap_unlinks(env, insn)) forget_origin(dst);
  env.laws.ranges->apply(insn, *dst, src);
  return go_on;
}

/// After dst += constant, dst stays linked to what it was copied from, by that constant.
void link_by_constant(Env& env, const Insn& insn, Reg* dst, const Scalar& src, u64 umax_before) {
  const bool narrow = insn.cls() != bpf::ALU64;
  const bool any = env.laws.rules.linked_differences;  // else only additions of what is not negative, in 64 bits
  const bool linear = any ? insn.op() == bpf::ADD || insn.op() == bpf::SUB : insn.op() == bpf::ADD && !narrow;
  const bool itself = env.target.has(Feature::self_add_unlinks) && insn.src_is_reg() && insn.src == insn.dst;
  if (!env.laws.search.links_recorded || !env.prog.may.bpf_capable || !linear || !dst->id ||
      !(narrow ? src.subreg_is_const() : src.is_const()) || itself) {
    forget_origin(dst);
    return;
  }
  const auto val = static_cast<s64>(reg_const_value(&src, narrow));
  auto off = static_cast<s32>(val);
  const bool fits = narrow ? umax_before <= U32_MAX : val >= (any ? S32_MIN : 0) && val <= S32_MAX;
  const bool negates = insn.op() != bpf::SUB || off != S32_MIN;
  if (!fits || !negates || (dst->id & ADD_CONST)) {
    forget_origin(dst);
    return;
  }
  if (insn.op() == bpf::SUB) off = -off;
  dst->id |= narrow ? ADD_CONST32 : ADD_CONST64;
  dst->off = off;
}

Stop adjust_reg(Env& env, const Insn& insn) {
  Reg* regs = env.path.cur_regs();
  Reg* dst = &regs[insn.dst];
  Reg* src = insn.src_is_reg() ? &regs[insn.src] : nullptr;
  const bool either = env.target.has(Feature::arena_operand);
  if (dst->type == PTR_TO_ARENA || (either && src && src->type == PTR_TO_ARENA)) {
    if (dst->type != PTR_TO_ARENA) *dst = *src;
    return go_on;
  }
  Scalar operand;  // an immediate, or dst as it was before
  const Scalar* value = &operand;
  if (src) {
    if (src->type != SCALAR_VALUE) {
      if (dst->type != SCALAR_VALUE) {
        if (insn.op() == bpf::SUB && env.prog.may.allow_ptr_leaks) {
          mark_reg_unknown(env.prog.may, regs, insn.dst);
          return go_on;
        }
        return env.reject(Msg::PtrOpPtr, static_cast<u32>(insn.dst), alu_operator_text(insn.op()));
      }
      if (Stop stop = mark_chain_precision(env, insn.dst)) return stop;
      return adjust_ptr_min_max_vals(env, &insn, src, dst);
    }
    if (dst->type != SCALAR_VALUE) {
      if (Stop stop = mark_chain_precision(env, insn.src)) return stop;
      return adjust_ptr_min_max_vals(env, &insn, dst, src);
    }
    if (dst->precise)
      if (Stop stop = mark_chain_precision(env, insn.src)) return stop;
    if (src == dst)
      operand = *src;
    else
      value = src;
  } else {
    operand.set_known(static_cast<u64>(static_cast<s64>(insn.imm)));
    if (dst->type != SCALAR_VALUE) {
      Reg constant;
      static_cast<Scalar&>(constant) = operand;
      constant.type = SCALAR_VALUE;
      return adjust_ptr_min_max_vals(env, &insn, dst, &constant);
    }
  }
  const u64 umax_before = dst->umax();
  if (Stop stop = adjust_scalar(env, insn, dst, *value)) return stop;
  link_by_constant(env, insn, dst, src ? *src : operand, umax_before);
  return go_on;
}

Stop check_unary(Env& env, const Insn& insn) {
  const u32 dst = insn.dst;
  if (insn.op() == bpf::NEG) {
    if (insn.src_is_reg() || insn.src || insn.off || insn.imm) return env.reject(Msg::NegReservedFields);
  } else if (insn.src || insn.off || (insn.imm != 16 && insn.imm != 32 && insn.imm != 64) ||
             (insn.cls() == bpf::ALU64 && insn.src_is_reg())) {
    return env.reject(Msg::EndReservedFields);
  }
  if (Stop stop = check_reg_arg(env, dst, SRC_OP)) return stop;
  if (is_pointer_value(env, dst)) return env.reject(Msg::PtrArithUnary, dst);
  Reg* reg = &env.path.cur_regs()[dst];
  if (reg->type != SCALAR_VALUE) return check_reg_arg(env, dst, DST_OP);
  if (Stop stop = check_reg_arg(env, dst, DST_OP_NO_MARK)) return stop;
  const Scalar operand = *reg;
  return adjust_scalar(env, insn, reg, operand);
}

Stop check_mov_fields(Env& env, const Insn& i) {
  if (!i.src_is_reg()) return i.src || i.off ? env.reject(Msg::MovReservedFields) : go_on;
  if (i.cls() == bpf::ALU64 && i.off == bpf::ADDR_SPACE_CAST && env.target.has(Feature::arena)) {
    if (i.imm != 1 && i.imm != 1 << 16) return env.reject(Msg::AddrSpaceCastSpaces);
    if (!env.prog.arena) return env.reject(Msg::AddrSpaceCastNoArena);
    return go_on;
  }
  const bool extends = env.target.has(Feature::instruction_set_v4) &&
                       (i.off == 8 || i.off == 16 || (i.off == 32 && i.cls() == bpf::ALU64));
  const bool ok = i.off == 0 || extends;
  return ok && !i.imm ? go_on : env.reject(Msg::MovReservedFields);
}

/// What is copied has an identity, so that it and its copy are narrowed together.
void identify(Env& env, Reg* src) {
  assign_scalar_id_before_mov(env.path, src);
  const bool constants = !env.target.has(Feature::constants_unidentified);
  if (constants && src->type == SCALAR_VALUE && !src->id) src->id = env.path.new_id();
}

/// Copies a scalar; its identity goes along only where the copy has the same value.
void copy_scalar(Env& env, Reg* dst, Reg* src, bool same_value) {
  if (same_value) identify(env, src);
  *dst = *src;
  if (!same_value) forget_origin(dst);
}

Stop mov64(Env& env, const Insn& i, Reg* regs) {
  Reg *dst = &regs[i.dst], *src = &regs[i.src];
  if (i.imm) {
    mark_reg_unknown(env.prog.may, regs, i.dst);
    if (i.imm == 1) dst->type = PTR_TO_ARENA;
  } else if (i.off == 0) {
    identify(env, src);
    *dst = *src;
  } else if (is_pointer_value(env, i.src)) {
    return env.reject(Msg::SignExtendPtr, static_cast<u32>(i.src));
  } else if (src->type == SCALAR_VALUE) {
    copy_scalar(env, dst, src, src->umax() < (u64{1} << (i.off - 1)));
    env.laws.ranges->sign_extend(*dst, i.off >> 3);
  } else {
    mark_reg_unknown(env.prog.may, regs, i.dst);
  }
  return go_on;
}

Stop mov32(Env& env, const Insn& i, Reg* regs) {
  Reg *dst = &regs[i.dst], *src = &regs[i.src];
  if (is_pointer_value(env, i.src)) return env.reject(Msg::PartialCopyOfPtr, static_cast<u32>(i.src));
  if (src->type == SCALAR_VALUE) {
    const bool whole = get_reg_width(src) <= 32 && env.target.has(Feature::move32_keeps_id);
    copy_scalar(env, dst, src, i.off == 0 ? whole : src->umax() < (u64{1} << (i.off - 1)));
    if (i.off) env.laws.ranges->sign_extend32(*dst, i.off >> 3);
  } else {
    mark_reg_unknown(env.prog.may, regs, i.dst);
  }
  env.laws.ranges->zero_extend(*dst);
  env.laws.ranges->settle(*dst);
  return go_on;
}

Stop check_mov(Env& env, const Insn& insn) {
  if (Stop stop = check_mov_fields(env, insn)) return stop;
  if (insn.src_is_reg())
    if (Stop stop = check_reg_arg(env, insn.src, SRC_OP)) return stop;
  if (Stop stop = check_reg_arg(env, insn.dst, DST_OP_NO_MARK)) return stop;
  Reg* regs = env.path.cur_regs();
  const bool wide = insn.cls() == bpf::ALU64;
  if (insn.src_is_reg()) return wide ? mov64(env, insn, regs) : mov32(env, insn, regs);
  mark_reg_unknown(env.prog.may, regs, insn.dst);
  mark_reg_known_raw(&regs[insn.dst], wide ? static_cast<u64>(static_cast<s64>(insn.imm)) : static_cast<u32>(insn.imm));
  return go_on;
}

Stop check_binary(Env& env, const Insn& insn) {
  const u8 op = insn.op();
  const bool division = op == bpf::MOD || op == bpf::DIV, shift = op == bpf::LSH || op == bpf::RSH || op == bpf::ARSH;
  const bool is_signed = insn.off == 1 && division && env.target.has(Feature::instruction_set_v4);
  if (insn.off != 0 && !is_signed) return env.reject(Msg::AluReservedFields);
  if (insn.src_is_reg() ? insn.imm != 0 : insn.src != 0) return env.reject(Msg::AluReservedFields);
  if (insn.src_is_reg())
    if (Stop stop = check_reg_arg(env, insn.src, SRC_OP)) return stop;
  if (Stop stop = check_reg_arg(env, insn.dst, SRC_OP)) return stop;
  if (division && !insn.src_is_reg() && insn.imm == 0) return env.reject(Msg::DivByZero);
  if (shift && !insn.src_is_reg() && (insn.imm < 0 || insn.imm >= (insn.cls() == bpf::ALU64 ? 64 : 32)))
    return env.reject(Msg::InvalidShift, insn.imm);
  if (Stop stop = check_reg_arg(env, insn.dst, DST_OP_NO_MARK)) return stop;
  return adjust_reg(env, insn);
}

}  // namespace

const char* alu_operator_text(u8 opcode) {
  static constexpr const char* text[16] = {
      "+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=", "endian", "(null)", "(null)"};
  return text[opcode >> 4];
}

Stop check_alu_op(Env& env, const Insn* insn) {
  const u8 op = insn->op();
  if (op > bpf::END) return env.reject(Msg::InvalidAluOpcode, op);
  Stop stop = op == bpf::END || op == bpf::NEG ? check_unary(env, *insn)
              : op == bpf::MOV                 ? check_mov(env, *insn)
                                               : check_binary(env, *insn);
  if (stop) return stop;
  return reg_bounds_sanity_check(env, &env.path.cur_regs()[insn->dst], "alu");
}

}  // namespace bpfcheck::sim
