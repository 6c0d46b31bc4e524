// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Adding to and subtracting from pointers (adjust_ptr_min_max_vals: kernel/bpf/verifier.c, 6.18).
#include "verifier_sim/notes/names.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/transfer/alu.h"
#include "verifier_sim/transfer/sanitize.h"

namespace bpfcheck::sim {
namespace {

/// Where a pointer's constant offset is part of its tracked value: a value that varies has none beside it.
bool folds(const Env& env) { return env.target.has(Feature::pointer_offset_folded); }

/// check_reg_sane_offset_ptr, 7.1.
Stop check_sane_pointer(Env& env, const Reg& ptr) {
  constexpr s64 most = MAX_VAR_OFF;
  const s64 at =
      (ptr.is_const() ? static_cast<s64>(ptr.var_off().value) : ptr.smin()) + (ptr.smin() == S64_MIN ? 0 : ptr.off);
  return at >= most || at <= -most ? env.reject(Msg::PtrOffsetNotAllowed, reg_type_str(ptr.type), at) : go_on;
}

/// check_reg_sane_offset: 0, or the refusal's errno.
Stop check_sane_offset(Env& env, const Reg* reg, u32 type) {
  constexpr s64 most = MAX_VAR_OFF;
  const s64 val = static_cast<s64>(reg->var_off().value), smin = reg->smin();
  if (reg->is_const() && (val >= most || val <= -most))
    return env.reject(Msg::PtrMathNotAllowed, reg_type_str(type), val);
  if (reg->off >= most || reg->off <= -most) return env.reject(Msg::PtrOffsetNotAllowed, reg_type_str(type), reg->off);
  if (smin == S64_MIN) return env.reject(Msg::PtrMathUnboundedMin, reg_type_str(type));
  if (smin >= most || smin <= -most) return env.reject(Msg::PtrOutOfBounds, smin, reg_type_str(type));
  return go_on;
}

bool arithmetic_allowed(const Target& target, const Reg* ptr, bool known, s64 value, u8 op) {
  switch (ptr->base()) {
    case PTR_TO_CTX:
    case PTR_TO_MAP_VALUE:
    case PTR_TO_MAP_KEY:
    case PTR_TO_STACK:
    case PTR_TO_PACKET_META:
    case PTR_TO_PACKET:
    case PTR_TO_TP_BUFFER:
    case PTR_TO_BTF_ID:
    case PTR_TO_MEM:
    case PTR_TO_BUF:
    case PTR_TO_FUNC:
    case CONST_PTR_TO_DYNPTR:
      return true;
    case PTR_TO_FLOW_KEYS:
      return known || !target.has(Feature::flow_keys_constant);
    case CONST_PTR_TO_MAP:
      return known && value == 0 && op == bpf::ADD;
    default:
      return false;
  }
}

/// The pointer's distance is kept in its constant offset alone.
bool stays_constant(const Env& env, const Reg& ptr, const Reg& off) {
  return off.is_const() && (ptr.is_const() || !folds(env));
}

void keep_offset(const Env& env, Reg* dst, const Reg& ptr, s32 off) {
  static_cast<Scalar&>(*dst) = ptr;
  dst->set_unbounded32();
  dst->off = off;
  dst->u = ptr.u;
  if (folds(env) && ptr.is_pkt() && dst->u.range < 0) dst->u = {};  // at or beyond the end no more
}

void move(Env& env, Reg* dst, const Reg& ptr, const Reg& off, bool subtract) {
  if (!folds(env) || !ptr.off) {
    env.laws.ranges->displace(*dst, ptr, off, subtract);
    dst->off = ptr.off;
    return;
  }
  env.laws.ranges->displace(*dst, folded(*env.laws.ranges, ptr), off, subtract);
  dst->off = 0;
}

void add_offset(Env& env, Reg* dst, const Reg& ptr, const Reg& off) {
  const s64 sum = s64{ptr.off} + off.smin();
  if (stays_constant(env, ptr, off) && sum == static_cast<s32>(sum))
    return keep_offset(env, dst, ptr, static_cast<s32>(sum));
  move(env, dst, ptr, off, false);
  dst->u = ptr.u;
  if (!ptr.is_pkt()) return;
  const bool same_packet = off.is_const() && folds(env);
  if (!same_packet) dst->id = env.path.new_id();
  if (!same_packet || dst->u.range < 0) dst->u = {};
}

Stop subtract_offset(Env& env, Reg* dst, const Reg& ptr, const Reg& off, bool dst_is_off, u32 regno) {
  if (dst_is_off) return env.reject(Msg::SubtractPtrFromScalar, regno);
  if (ptr.type == PTR_TO_STACK) return env.reject(Msg::SubtractFromStackPtr, regno);
  const s64 difference = s64{ptr.off} - off.smin();
  if (stays_constant(env, ptr, off) && difference == static_cast<s32>(difference)) {
    keep_offset(env, dst, ptr, static_cast<s32>(difference));
    dst->id = ptr.id;
    return go_on;
  }
  move(env, dst, ptr, off, true);
  dst->u = ptr.u;
  if (ptr.is_pkt()) {
    const bool same_packet = off.is_const() && folds(env);
    if (!same_packet) dst->id = env.path.new_id();
    if ((!same_packet && off.smin() < 0) || (folds(env) && dst->u.range < 0)) dst->u = {};
  }
  return go_on;
}

}  // namespace

Stop adjust_ptr_min_max_vals(Env& env, const Insn* insn, const Reg* ptr_reg, const Reg* off_reg) {
  Reg* dst = &env.path.cur_regs()[insn->dst];
  const u32 regno = insn->dst;
  const bool dst_is_off = dst == off_reg;
  const Reg ptr = *ptr_reg, off = *off_reg;
  const bool known = off.is_const();
  const u8 op = insn->op();
  if ((known && (off.smin() != off.smax() || off.umin() != off.umax())) || off.smin() > off.smax() ||
      off.umin() > off.umax()) {
    mark_reg_unknown_raw(env.prog.may, dst);
    return go_on;
  }
  if (insn->cls() != bpf::ALU64) {
    if (op == bpf::SUB && env.prog.may.allow_ptr_leaks) {
      mark_reg_unknown_raw(env.prog.may, dst);
      return go_on;
    }
    return env.reject(Msg::PtrArith32, regno);
  }
  if ((ptr.type & PTR_MAYBE_NULL) && (ptr.base() == PTR_TO_MAP_VALUE || env.target.has(Feature::null_checked_first)))
    return env.reject(Msg::PtrArithMaybeNull, regno, reg_type_str(ptr.type));
  if (ptr.base() == PTR_TO_MEM && (ptr.type & PTR_UNTRUSTED)) return go_on;
  if ((ptr.type & PTR_MAYBE_NULL) || !arithmetic_allowed(env.target, &ptr, known, off.smin(), op))
    return env.reject(Msg::PtrArithProhibited, regno, reg_type_str(ptr.type));

  dst->type = ptr.type;
  dst->id = ptr.id;
  if (Stop stop = check_sane_offset(env, &off, ptr.type)) return stop;
  if (Stop stop = folds(env) ? check_sane_pointer(env, ptr) : check_sane_offset(env, &ptr, ptr.type)) return stop;
  dst->set_unbounded32();
  SanitizeInfo sanitize;
  if (sanitize_needed(op))
    if (Stop stop = sanitize_ptr_alu(env, *insn, ptr_reg, off, dst, dst_is_off, sanitize, false)) return stop;
  switch (op) {
    case bpf::ADD:
      add_offset(env, dst, ptr, off);
      break;
    case bpf::SUB:
      if (Stop stop = subtract_offset(env, dst, ptr, off, dst_is_off, regno)) return stop;
      break;
    case bpf::AND:
    case bpf::OR:
    case bpf::XOR:
      return env.reject(Msg::PtrBitwise, regno, alu_operator_text(op));
    default:
      return env.reject(Msg::PtrArithOperator, regno, alu_operator_text(op));
  }
  if (Stop stop = folds(env) ? check_sane_pointer(env, *dst) : check_sane_offset(env, dst, ptr.type)) return stop;
  env.laws.ranges->settle(*dst);
  if (Stop stop = sanitize_check_bounds(env, *insn, dst)) return stop;
  return sanitize_needed(op) ? sanitize_ptr_alu(env, *insn, dst, off, dst, dst_is_off, sanitize, true) : go_on;
}

}  // namespace bpfcheck::sim
