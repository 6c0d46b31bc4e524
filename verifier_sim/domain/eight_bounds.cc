// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See eight_bounds.h.
#include "verifier_sim/domain/eight_bounds.h"

#include <algorithm>

namespace bpfcheck::sim {

namespace {

/// By its ranges of one width.
bool has_one_value(const Scalar& s, bool wide) {
  return wide ? s.smin() == s.smax() && s.umin() == s.umax() : s.s32_min() == s.s32_max() && s.u32_min() == s.u32_max();
}

/// To 6.9 an operand's bits decide, and that no bound contradicts another; what is not followed is unknown, in its
/// lower half alone where a 32-bit operation goes on so far.
Followed followed_before_any_operand(u8 op, bool wide, const Scalar& s) {
  const bool known = wide ? s.is_const() : s.subreg_is_const();
  const bool ordered =
      wide ? s.smin() <= s.smax() && s.umin() <= s.umax() : s.s32_min() <= s.s32_max() && s.u32_min() <= s.u32_max();
  if ((known && !has_one_value(s, wide)) || !ordered || op == bpf::NEG || op == bpf::END) return Followed::No;
  switch (op) {
    case bpf::ADD:
    case bpf::SUB:
    case bpf::AND:
      return Followed::Yes;
    case bpf::XOR:
    case bpf::OR:
    case bpf::MUL:
      return known ? Followed::Yes : Followed::No;
    case bpf::LSH:
    case bpf::RSH:
    case bpf::ARSH:
      if (known && s.umax() < (wide ? 64u : 32u)) return Followed::Yes;
      break;
    default:
      break;
  }
  return known && !wide ? Followed::LowHalf : Followed::No;
}

}  // namespace

Followed EightBounds::follows(const Insn& i, const Scalar& src) const {
  const bool wide = i.cls() == bpf::ALU64;
  if (!rules_.any_operand) return followed_before_any_operand(i.op(), wide, src);
  auto one_value = [&] { return (wide ? src.is_const() : src.subreg_is_const()) && has_one_value(src, wide); };
  auto when = [](bool followed) { return followed ? Followed::Yes : Followed::No; };
  switch (i.op()) {
    case bpf::ADD:
    case bpf::SUB:
    case bpf::AND:
    case bpf::XOR:
    case bpf::OR:
    case bpf::MUL:
      return Followed::Yes;
    case bpf::NEG:
      return when(rules_.negation);
    case bpf::END:
      return when(rules_.byte_swapped_bits);
    case bpf::DIV:
    case bpf::MOD:
      return when(rules_.divisions && one_value());
    case bpf::LSH:
    case bpf::RSH:
    case bpf::ARSH:
      return when(one_value() && src.umax() < (wide ? 64u : 32u));
    default:
      return Followed::No;
  }
}

void EightBounds::apply(const Insn& insn, Scalar& d, const Scalar& s) const {
  Bounds& dst = bounds(d);
  const Bounds& src = bounds(s);
  const bool narrow = insn.cls() != bpf::ALU64;
  switch (insn.op()) {
    case bpf::ADD:
      eight::add(dst, src, rules_);
      break;
    case bpf::SUB:
      eight::sub(dst, src, rules_);
      break;
    case bpf::NEG:
      eight::neg(dst, src, rules_);
      break;
    case bpf::MUL:
      eight::mul(dst, src, rules_);
      break;
    case bpf::AND:
      eight::bit_and(dst, src, rules_);
      break;
    case bpf::OR:
      eight::bit_or(dst, src, rules_);
      break;
    case bpf::XOR:
      eight::bit_xor(dst, src, rules_);
      break;
    case bpf::LSH:
      narrow ? eight::lsh32(dst, src) : eight::lsh64(dst, src, rules_);
      break;
    case bpf::RSH:
      narrow ? eight::rsh32(dst, src) : eight::rsh64(dst, src, rules_);
      break;
    case bpf::ARSH:
      narrow ? eight::arsh32(dst, src) : eight::arsh64(dst, src, rules_);
      break;
    case bpf::DIV:
      eight::divide(dst, src, narrow, insn.off == 1);
      break;
    case bpf::MOD:
      eight::modulo(dst, src, narrow, insn.off == 1);
      break;
    case bpf::END:
      eight::byte_swap(dst, insn, rules_);
      break;
    default:
      break;
  }
  if (narrow && insn.op() != bpf::END) eight::zero_extend(dst);
  settle(d);
}

std::optional<bool> EightBounds::compare(const Scalar& a, const Scalar& b, u8 opcode, bool is_jmp32) const {
  if (&a == &b && rules_.same_register) return eight::itself_taken(bounds(a).view(), opcode, is_jmp32);
  const Bounds &x = bounds(a), &y = bounds(b);
  const std::optional<bool> known = x.wraps || y.wraps
                                        ? eight::branch_taken(x.view(), y.view(), opcode, is_jmp32, rules_)
                                        : eight::branch_taken(x, y, opcode, is_jmp32, rules_);
  return known || !rules_.branches_tried ? known : surviving_branch(a, b, opcode, is_jmp32);
}

bool EightBounds::left_alone(const Scalar& a, const Scalar& b, u8 opcode, bool low) const {
  const bool bit_test = (opcode & ~bpf::X) == bpf::JSET;
  return bit_test && rules_.branches_tried && !bounds(a).is_const(low) && !bounds(b).is_const(low);
}

void EightBounds::assume(Scalar& a, Scalar& b, u8 opcode, bool is_jmp32) const {
  if ((&a == &b && rules_.same_register) || left_alone(a, b, opcode, is_jmp32)) return;
  eight::refine_by_condition(bounds(a), bounds(b), opcode, is_jmp32, rules_);
  settle(a);
  settle(b);
}

void EightBounds::confine(Scalar& s, s32 min, s32 max) const {
  Bounds& b = bounds(s);
  b.s32_min = std::max(b.s32_min, min);
  b.s32_max = std::min(b.s32_max, max);
  b.smin = std::max<s64>(b.smin, min);
  b.smax = std::min<s64>(b.smax, max);
  settle(s);
}

bool EightBounds::covers(const Scalar& old_value, const Scalar& cur_value) const {
  const Bounds &old = bounds(old_value), &cur = bounds(cur_value);
  return old.umin <= cur.umin && old.umax >= cur.umax && old.smin <= cur.smin && old.smax >= cur.smax &&
         old.u32_min <= cur.u32_min && old.u32_max >= cur.u32_max && old.s32_min <= cur.s32_min &&
         old.s32_max >= cur.s32_max && tnum_in(old.var_off, cur.var_off);
}

}  // namespace bpfcheck::sim
