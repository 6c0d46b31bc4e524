// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What comparisons tell and what their outcome teaches (is_branch_taken, regs_refine_cond_op:
// kernel/bpf/verifier.c, 6.18).
#include <algorithm>
#include <bit>

#include "verifier_sim/domain/bounds_ops.h"
#include "verifier_sim/domain/ranges.h"

namespace bpfcheck::sim::eight {
namespace {

/// Ranges as compared: widened from 32 bits where the comparison is.
struct Compared {
  Tnum t;
  u64 umin, umax;
  s64 smin, smax;
  Compared(const Bounds& s, bool low)
      : t(low ? tnum_subreg(s.var_off) : s.var_off),
        umin(low ? s.u32_min : s.umin),
        umax(low ? s.u32_max : s.umax),
        smin(low ? s.s32_min : s.smin),
        smax(low ? s.s32_max : s.smax) {}
};

bool disjoint(const Bounds& a, const Bounds& b, const Compared& x, const Compared& y, bool low,
              const RangeRules& rules) {
  if ((rules.bits_overlap && !tnum_overlap(x.t, y.t)) || x.umin > y.umax || x.umax < y.umin || x.smin > y.smax ||
      x.smax < y.smin)
    return true;
  return !low && (a.u32_min > b.u32_max || a.u32_max < b.u32_min || a.s32_min > b.s32_max || a.s32_max < b.s32_min);
}

/// a < b by ranges.
template <class T>
std::optional<bool> less(T amin, T amax, T bmin, T bmax) {
  if (amax < bmin) return true;
  return amin >= bmax ? std::optional(false) : std::nullopt;
}
template <class T>
std::optional<bool> less_equal(T amin, T amax, T bmin, T bmax) {
  if (amax <= bmin) return true;
  return amin > bmax ? std::optional(false) : std::nullopt;
}

void refine_equal(Bounds& a, Bounds& b, bool low) {
  if (low) {
    a.u32_min = b.u32_min = std::max(a.u32_min, b.u32_min);
    a.u32_max = b.u32_max = std::min(a.u32_max, b.u32_max);
    a.s32_min = b.s32_min = std::max(a.s32_min, b.s32_min);
    a.s32_max = b.s32_max = std::min(a.s32_max, b.s32_max);
    Tnum t = tnum_intersect(tnum_subreg(a.var_off), tnum_subreg(b.var_off));
    a.var_off = tnum_with_subreg(a.var_off, t);
    b.var_off = tnum_with_subreg(b.var_off, t);
  } else {
    a.umin = b.umin = std::max(a.umin, b.umin);
    a.umax = b.umax = std::min(a.umax, b.umax);
    a.smin = b.smin = std::max(a.smin, b.smin);
    a.smax = b.smax = std::min(a.smax, b.smax);
    a.var_off = b.var_off = tnum_intersect(a.var_off, b.var_off);
  }
}

template <class T>
void cut_end(T& min, T& max, T v) {
  if (min == v) min++;
  if (max == v) max--;
}

void refine_not_equal(Bounds& a, u64 v, bool low) {
  if (low) {
    cut_end(a.u32_min, a.u32_max, static_cast<u32>(v));
    cut_end(a.s32_min, a.s32_max, static_cast<s32>(v));
  } else {
    cut_end(a.umin, a.umax, v);
    cut_end(a.smin, a.smax, static_cast<s64>(v));
  }
}

template <class T>
void refine_less_equal(T& amin, T& amax, T& bmin, T& bmax) {
  amax = std::min(amax, bmax);
  bmin = std::max(amin, bmin);
}
/// In unsigned arithmetic, as the kernel's is compiled to wrap.
template <class T>
void refine_less(T& amin, T& amax, T& bmin, T& bmax) {
  using U = std::make_unsigned_t<T>;
  amax = std::min(amax, static_cast<T>(static_cast<U>(bmax) - 1));
  bmin = std::max(static_cast<T>(static_cast<U>(amin) + 1), bmin);
}

}  // namespace

std::optional<bool> itself_taken(const Bounds& a, u8 opcode, bool low) {
  const Compared x(a, low);
  switch (opcode) {
    case bpf::JEQ:
    case bpf::JGE:
    case bpf::JLE:
    case bpf::JSGE:
    case bpf::JSLE:
      return true;
    case bpf::JSET:
      if (x.t.is_const()) return x.t.value != 0;
      return x.smin <= 0 && x.smax >= 0 ? std::nullopt : std::optional(true);
    default:
      return false;
  }
}

std::optional<bool> branch_taken(const Bounds& a, const Bounds& b, u8 opcode, bool low, const RangeRules& rules) {
  const Compared x(a, low), y(b, low);
  switch (opcode) {
    case bpf::JEQ:
      if (x.t.is_const() && y.t.is_const()) return x.t.value == y.t.value;
      return disjoint(a, b, x, y, low, rules) ? std::optional(false) : std::nullopt;
    case bpf::JNE:
      if (x.t.is_const() && y.t.is_const()) return x.t.value != y.t.value;
      return disjoint(a, b, x, y, low, rules) ? std::optional(true) : std::nullopt;
    case bpf::JSET: {
      const bool swap = !b.is_const(low);
      if (swap && !a.is_const(low)) return std::nullopt;
      const Tnum t = swap ? y.t : x.t;
      const u64 bits = swap ? x.t.value : y.t.value;
      if (~t.mask & t.value & bits) return true;
      return (t.mask | t.value) & bits ? std::nullopt : std::optional(false);
    }
    case bpf::JGT:
      return less(y.umin, y.umax, x.umin, x.umax);
    case bpf::JSGT:
      return less(y.smin, y.smax, x.smin, x.smax);
    case bpf::JLT:
      return less(x.umin, x.umax, y.umin, y.umax);
    case bpf::JSLT:
      return less(x.smin, x.smax, y.smin, y.smax);
    case bpf::JGE:
      return less_equal(y.umin, y.umax, x.umin, x.umax);
    case bpf::JSGE:
      return less_equal(y.smin, y.smax, x.smin, x.smax);
    case bpf::JLE:
      return less_equal(x.umin, x.umax, y.umin, y.umax);
    case bpf::JSLE:
      return less_equal(x.smin, x.smax, y.smin, y.smax);
    default:
      return std::nullopt;
  }
}

void refine_by_condition(Bounds& first, Bounds& second, u8 opcode, bool low, const RangeRules& rules) {
  Bounds *a = &first, *b = &second;
  if (opcode == bpf::JGE || opcode == bpf::JGT || opcode == bpf::JSGE || opcode == bpf::JSGT) {
    opcode = flip_opcode(opcode);
    std::swap(a, b);
  }
  auto constant_second = [&] {
    if (!b->is_const(low)) std::swap(a, b);
    return b->is_const(low);
  };
  switch (opcode) {
    case bpf::JEQ:
      return refine_equal(*a, *b, low);
    case bpf::JNE:
      if (constant_second()) refine_not_equal(*a, b->const_value(low), low);
      return;
    case bpf::JSET: {
      if (!constant_second()) return;
      const u64 bits = b->const_value(low);
      if (!std::has_single_bit(bits)) return;
      if (low)
        a->var_off = tnum_with_subreg(a->var_off, tnum_or(tnum_subreg(a->var_off), tnum_const(bits)));
      else
        a->var_off = tnum_or(a->var_off, tnum_const(bits));
      return;
    }
    case bpf::JSET | bpf::X: {  // no bit is set
      if (!constant_second()) return;
      const u64 bits = b->const_value(low);
      if (rules.jset_forgets) a->set_unbounded();
      if (low)
        a->var_off = tnum_with_subreg(a->var_off, tnum_and(tnum_subreg(a->var_off), tnum_const(~bits)));
      else
        a->var_off = tnum_and(a->var_off, tnum_const(~bits));
      return;
    }
    case bpf::JLE:
      return low ? refine_less_equal(a->u32_min, a->u32_max, b->u32_min, b->u32_max)
                 : refine_less_equal(a->umin, a->umax, b->umin, b->umax);
    case bpf::JLT:
      return low ? refine_less(a->u32_min, a->u32_max, b->u32_min, b->u32_max)
                 : refine_less(a->umin, a->umax, b->umin, b->umax);
    case bpf::JSLE:
      return low ? refine_less_equal(a->s32_min, a->s32_max, b->s32_min, b->s32_max)
                 : refine_less_equal(a->smin, a->smax, b->smin, b->smax);
    case bpf::JSLT:
      return low ? refine_less(a->s32_min, a->s32_max, b->s32_min, b->s32_max)
                 : refine_less(a->smin, a->smax, b->smin, b->smax);
    default:
      return;
  }
}

}  // namespace bpfcheck::sim::eight
