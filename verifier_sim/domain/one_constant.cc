// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See one_constant.h.
#include "verifier_sim/domain/one_constant.h"

#include <algorithm>
#include <bit>

namespace bpfcheck::sim {
namespace {

/// __reg_combine_64_into_32, __reg_combine_32_into_64: the other width is made from what was compared.
void combine(Bounds& b, bool low, const RangeRules& rules) {
  if (low) {
    if (b.var_off.value >> 32 || b.var_off.mask >> 32)
      b.set_unbounded64();
    else
      eight::zero_extend(b);
  } else {
    b.set_unbounded32();
    if (b.smin >= S32_MIN && b.smin <= S32_MAX && b.smax >= S32_MIN && b.smax <= S32_MAX) {
      b.s32_min = static_cast<s32>(b.smin);
      b.s32_max = static_cast<s32>(b.smax);
    }
    if (b.umin <= U32_MAX && b.umax <= U32_MAX) {
      b.u32_min = static_cast<u32>(b.umin);
      b.u32_max = static_cast<u32>(b.umax);
    }
  }
  eight::settle(b, rules);
}

template <class T>
void refine_ordered(T& min, T& max, T v, u8 opcode, bool strict) {
  using U = std::make_unsigned_t<T>;
  if (opcode == bpf::JGE || opcode == bpf::JSGE)
    min = std::max(min, static_cast<T>(static_cast<U>(v) + strict));
  else
    max = std::min(max, static_cast<T>(static_cast<U>(v) - strict));
}

/// reg_set_min_max's one side: `b opcode v` holds.
void refine_by_constant(Bounds& b, u64 v, u8 opcode, bool low, const RangeRules& rules) {
  auto with_bits = [&](Tnum t) { b.var_off = low ? tnum_with_subreg(b.var_off, t) : t; };
  switch (opcode) {
    case bpf::JEQ:
      low ? b.set_known32(v) : b.set_known(v);
      break;
    case bpf::JNE:
      break;
    case bpf::JSET:
      if (std::has_single_bit(v)) with_bits(tnum_or(b.var_off, tnum_const(v)));
      break;
    case bpf::JSET | bpf::X:  // no bit is set
      if (rules.jset_forgets) b.set_unbounded();
      with_bits(tnum_and(b.var_off, tnum_const(~v)));
      break;
    case bpf::JGT:
    case bpf::JLT:
    case bpf::JGE:
    case bpf::JLE: {
      const bool strict = opcode == bpf::JGT || opcode == bpf::JLT;
      const u8 way = opcode == bpf::JGT || opcode == bpf::JGE ? bpf::JGE : bpf::JLE;
      low ? refine_ordered(b.u32_min, b.u32_max, static_cast<u32>(v), way, strict)
          : refine_ordered(b.umin, b.umax, v, way, strict);
      break;
    }
    default: {
      const bool strict = opcode == bpf::JSGT || opcode == bpf::JSLT;
      const u8 way = opcode == bpf::JSGT || opcode == bpf::JSGE ? bpf::JSGE : bpf::JSLE;
      low ? refine_ordered(b.s32_min, b.s32_max, static_cast<s32>(v), way, strict)
          : refine_ordered(b.smin, b.smax, static_cast<s64>(v), way, strict);
    }
  }
  combine(b, low, rules);
}

/// is_branch32_taken, is_branch64_taken: against a constant.
std::optional<bool> taken_by_constant(const Bounds& b, const Bounds& constant, u8 opcode, bool low,
                                      const RangeRules& rules) {
  if (opcode == bpf::JEQ || opcode == bpf::JNE) {
    const u64 v = constant.const_value(low);
    if (b.is_const(low)) return (b.const_value(low) == v) == (opcode == bpf::JEQ);
    const bool outside = low ? v < b.u32_min || v > b.u32_max : v < b.umin || v > b.umax;
    return rules.outside_constant && outside ? std::optional(opcode == bpf::JNE) : std::nullopt;
  }
  // Only the bits of the other side are compared: its bounds may lag behind them.
  Bounds exact;
  exact.set_known(low ? constant.const_value(low) : constant.var_off.value);
  return eight::branch_taken(b, exact, opcode, low, rules);
}

}  // namespace

std::optional<bool> OneConstant::compare(const Scalar& x, const Scalar& y, u8 opcode, bool low) const {
  const Bounds &a = bounds(x), &b = bounds(y);
  if (b.is_const(low)) return taken_by_constant(a, b, opcode, low, rules_);
  if (rules_.outside_constant && a.is_const(low)) return taken_by_constant(b, a, flip_opcode(opcode), low, rules_);
  return std::nullopt;
}

void OneConstant::assume(Scalar& x, Scalar& y, u8 opcode, bool low) const {
  Bounds &a = bounds(x), &b = bounds(y);
  if (b.is_const(low)) return refine_by_constant(a, b.const_value(low), opcode, low, rules_);
  if (a.is_const(low)) return refine_by_constant(b, a.const_value(low), flip_opcode(opcode), low, rules_);
  if (low || opcode != bpf::JEQ) return;
  a.umin = b.umin = std::max(a.umin, b.umin);
  a.umax = b.umax = std::min(a.umax, b.umax);
  a.smin = b.smin = std::max(a.smin, b.smin);
  a.smax = b.smax = std::min(a.smax, b.smax);
  a.var_off = b.var_off = tnum_intersect(a.var_off, b.var_off);
  settle(x);
  settle(y);
}

void OneConstant::truncate(Scalar& s, int size) const {
  Bounds& b = bounds(s);
  eight::cut(b, size);
  if (size < 4) combine(b, false, rules_);
}

}  // namespace bpfcheck::sim
