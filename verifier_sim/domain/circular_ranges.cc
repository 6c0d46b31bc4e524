// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See circular_ranges.h.
#include "verifier_sim/domain/circular_ranges.h"

#include <algorithm>
#include <bit>

#include "verifier_sim/domain/arc.h"
#include "verifier_sim/domain/division.h"

namespace bpfcheck::sim {
namespace {

using Arc32 = Arc<u32>;
using Arc64 = Arc<u64>;

/// Eight bounds as arcs and back (bounds.h).
template <class U, class S>
Arc<U> arc_in(U umin, U umax, S smin, S smax, bool wraps) {
  const bool by_sign = !wraps && umin == 0 && umax == Arc<U>::most;
  return by_sign ? Arc<U>::of_signed(smin, smax) : Arc<U>::of(umin, umax);
}
template <class U, class S>
bool put_arc(Arc<U> a, U& umin, U& umax, S& smin, S& smax) {
  const bool wraps = a.is_none() || (a.crosses_zero() && a.crosses_sign());
  umin = wraps ? a.base : a.umin();
  umax = wraps ? a.end() : a.umax();
  smin = a.smin();
  smax = a.smax();
  return wraps;
}
Arc64 arc64(const Bounds& b) { return arc_in(b.umin, b.umax, b.smin, b.smax, b.wraps & Bounds::wraps64); }
Arc32 arc32(const Bounds& b) { return arc_in(b.u32_min, b.u32_max, b.s32_min, b.s32_max, b.wraps & Bounds::wraps32); }
void set64(Bounds& b, Arc64 a) {
  const bool wraps = put_arc(a, b.umin, b.umax, b.smin, b.smax);
  b.wraps = (b.wraps & ~Bounds::wraps64) | (wraps ? Bounds::wraps64 : 0);
}
void set32(Bounds& b, Arc32 a) {
  const bool wraps = put_arc(a, b.u32_min, b.u32_max, b.s32_min, b.s32_max);
  b.wraps = (b.wraps & ~Bounds::wraps32) | (wraps ? Bounds::wraps32 : 0);
}
void narrow64(Bounds& b, Arc64 a) { set64(b, intersect(arc64(b), a)); }
void narrow32(Bounds& b, Arc32 a) { set32(b, intersect(arc32(b), a)); }

/// cnum32_from_tnum, cnum64_from_tnum.
template <class U>
Arc<U> arc_of_bits(U value, U mask) {
  constexpr U sign = static_cast<U>(Arc<U>::sleast);
  using S = typename Arc<U>::S;
  if ((mask | value) & sign)
    return Arc<U>::of_signed(static_cast<S>(value | (mask & sign)), static_cast<S>(value | (mask & ~sign)));
  return Arc<U>::of(value, value | mask);
}

void update32(Bounds& b) {
  narrow32(b, arc_of_bits(static_cast<u32>(b.var_off.value), static_cast<u32>(b.var_off.mask)));
}

void update(Bounds& b) {
  update32(b);
  narrow64(b, arc_of_bits(b.var_off.value, b.var_off.mask));
  const Arc64 range = arc64(b);
  const u64 umin = range.umin(), umax = range.umax();
  const u64 next = tnum_step(b.var_off, umin), greatest = b.var_off.value | b.var_off.mask;
  const bool umin_is_member = (umin & ~b.var_off.mask) == b.var_off.value;
  if (umin_is_member && next > umax)
    b.set_known(umin);
  else if (!umin_is_member && next == greatest)
    b.set_known(greatest);
  else if (!umin_is_member && next <= umax && tnum_step(b.var_off, next) > umax)
    b.set_known(next);
}

bool is_empty(const Bounds& b) { return b.wraps && (arc64(b).is_none() || arc32(b).is_none()); }

bool is_settled(const Bounds& b) {
  if (!b.is_const()) return b.is_unknown() || b.is_low_bits();
  Bounds known;
  known.set_known(b.var_off.value);
  return b == known;
}

void settle_bounds(Bounds& b) {
  if (is_settled(b) || is_empty(b)) return;
  update(b);
  for (int i = 0; i < 2; i++) {
    narrow32(b, low_half(arc64(b)));
    set64(b, narrow_by_low(arc64(b), arc32(b)));
  }
  const Bounds v = b.view();
  const Tnum wide = tnum_intersect(b.var_off, tnum_range(v.umin, v.umax));
  b.var_off = tnum_with_subreg(wide, tnum_intersect(tnum_subreg(wide), tnum_range(v.u32_min, v.u32_max)));
  update(b);
}

void zero_extend_bounds(Bounds& b) {
  b.var_off = tnum_subreg(b.var_off);
  const Arc32 low = arc32(b);
  set64(b, Arc64::of(low.umin(), low.umax()));
}

void sub(Bounds& dst, const Bounds& src) {
  set32(dst, arc32(dst) + -arc32(src));
  set64(dst, arc64(dst) + -arc64(src));
  dst.var_off = tnum_sub(dst.var_off, src.var_off);
}

void mul(Bounds& dst, const Bounds& src, const RangeRules& rules) {
  Bounds product = dst.view();
  eight::mul(product, src.view(), rules);
  dst.var_off = product.var_off;
  set32(dst,
        intersect(Arc32::of(product.u32_min, product.u32_max), Arc32::of_signed(product.s32_min, product.s32_max)));
  set64(dst, intersect(Arc64::of(product.umin, product.umax), Arc64::of_signed(product.smin, product.smax)));
}

template <class U, class Op>
void divide(Bounds& dst, Arc<U> dividend, Arc<U> by, bool is_signed, Op op) {
  auto take = [&dst](Arc<U> a) {
    dst.set_unknown();
    if constexpr (sizeof(U) == 4)
      set32(dst, a);
    else
      set64(dst, a);
  };
  using S = typename Arc<U>::S;
  if (is_signed) {
    const std::optional<Extent<S>> r = op(Extent<S>{dividend.smin(), dividend.smax()}, by.smin());
    if (r) take(Arc<U>::of_signed(r->min, r->max));
  } else {
    const std::optional<Extent<U>> r = op(Extent<U>{dividend.umin(), dividend.umax()}, by.umin());
    if (r) take(Arc<U>::of(r->min, r->max));
  }
}

template <class Op>
void divide(Bounds& dst, const Bounds& src, const Insn& insn, Op op) {
  const bool is_signed = insn.off == 1;
  if (insn.cls() == bpf::ALU64)
    divide(dst, arc64(dst), arc64(src), is_signed, op);
  else
    divide(dst, arc32(dst), arc32(src), is_signed, op);
}

/// and, or, xor: `dst` has its new bits, but its ranges are still those of the operand.
void bitwise(Bounds& dst, const Bounds& src, u8 op) {
  const Bounds a = dst.view(), b = src.view();
  const Tnum bits = dst.var_off, low = tnum_subreg(bits);
  const auto low_value = static_cast<u32>(low.value), low_most = static_cast<u32>(low.value | low.mask);
  if (src.subreg_is_const() && dst.subreg_is_const())
    dst.set_known32(low.value);
  else if (op == bpf::AND)
    set32(dst, Arc32::of(low_value, std::min(a.u32_max, b.u32_max)));
  else
    set32(dst, Arc32::of(op == bpf::OR ? std::max(a.u32_min, b.u32_min) : low_value, low_most));
  if (src.is_const() && dst.is_const()) return dst.set_known(bits.value);
  if (op == bpf::AND)
    set64(dst, Arc64::of(bits.value, std::min(a.umax, b.umax)));
  else
    set64(dst, Arc64::of(op == bpf::OR ? std::max(a.umin, b.umin) : bits.value, bits.value | bits.mask));
  if (op != bpf::XOR) update(dst);
}

Arc32 shifted_left32(const Bounds& v, u64 n) {
  if (n > 31 || v.u32_max > (u64{1} << (31 - n))) return Arc32::all();
  return Arc32::of(v.u32_min << n, v.u32_max << n);
}

void shift_left(Bounds& dst, u64 n, bool narrow) {
  const Bounds v = dst.view();
  if (narrow) {
    set32(dst, shifted_left32(v, n));
    dst.var_off = tnum_subreg(tnum_lshift(tnum_subreg(dst.var_off), static_cast<u8>(n)));
    dst.set_unbounded64();
    return update32(dst);
  }
  auto upper = [](s32 low) { return static_cast<s64>(static_cast<u64>(s64{low}) << 32); };
  const Arc64 by_sign = n == 32 ? Arc64::of_signed(upper(v.s32_min), upper(v.s32_max)) : Arc64::all();
  const Arc64 plain = v.umax > (u64{1} << (63 - n)) ? Arc64::all() : Arc64::of(v.umin << n, v.umax << n);
  set64(dst, intersect(plain, by_sign));
  set32(dst, shifted_left32(v, n));
  dst.var_off = tnum_lshift(dst.var_off, static_cast<u8>(n));
  update(dst);
}

void shift_right(Bounds& dst, u64 n, bool narrow, bool is_signed) {
  const Bounds v = dst.view();
  const Tnum bits = narrow ? tnum_subreg(dst.var_off) : dst.var_off;
  const auto amount = static_cast<u8>(n);
  dst.var_off = is_signed ? tnum_arshift(bits, amount, narrow ? 32 : 64) : tnum_rshift(bits, amount);
  if (narrow) {
    set32(dst,
          is_signed ? Arc32::of_signed(v.s32_min >> n, v.s32_max >> n) : Arc32::of(v.u32_min >> n, v.u32_max >> n));
    dst.set_unbounded64();
    update32(dst);
  } else {
    set64(dst, is_signed ? Arc64::of_signed(v.smin >> n, v.smax >> n) : Arc64::of(v.umin >> n, v.umax >> n));
    dst.set_unbounded32();
    update(dst);
  }
}

/// regs_refine_cond_op's ordered comparisons: a <= b or, strictly, a < b.
template <class U, class Get, class Set>
void refine_ordered(Bounds& a, Bounds& b, bool is_signed, bool strict, Get arc, Set narrow) {
  using A = Arc<U>;
  using S = typename A::S;
  if (is_signed) {
    narrow(a, A::of_signed(A::sleast, static_cast<S>(static_cast<U>(arc(b).smax()) - strict)));
    narrow(b, A::of_signed(static_cast<S>(static_cast<U>(arc(a).smin()) + strict), A::smost));
  } else {
    narrow(a, A::of(0, static_cast<U>(arc(b).umax() - strict)));
    narrow(b, A::of(static_cast<U>(arc(a).umin() + strict), A::most));
  }
}

void refine_equal(Bounds& a, Bounds& b, bool low) {
  if (low) {
    narrow32(a, arc32(b));
    set32(b, arc32(a));
    const Tnum t = tnum_intersect(tnum_subreg(a.var_off), tnum_subreg(b.var_off));
    a.var_off = tnum_with_subreg(a.var_off, t);
    b.var_off = tnum_with_subreg(b.var_off, t);
  } else {
    narrow64(a, arc64(b));
    set64(b, arc64(a));
    a.var_off = b.var_off = tnum_intersect(a.var_off, b.var_off);
  }
}

/// != and bit tests: `a` against the constant v.
void refine_by_constant(Bounds& a, u64 v, u8 opcode, bool low) {
  auto with_bits = [&](Tnum t) { a.var_off = low ? tnum_with_subreg(a.var_off, t) : t; };
  if (opcode == bpf::JNE) {  // the circle without v
    if (low)
      narrow32(a, {static_cast<u32>(v + 1), Arc32::most - 1});
    else
      narrow64(a, {v + 1, Arc64::most - 1});
  } else if (opcode == bpf::JSET) {
    if (std::has_single_bit(v)) with_bits(tnum_or(a.var_off, tnum_const(v)));
  } else {
    a.set_unbounded();
    with_bits(tnum_and(a.var_off, tnum_const(~v)));
  }
}

}  // namespace

void CircularRanges::settle(Scalar& s) const { settle_bounds(bounds(s)); }
bool CircularRanges::contradicts(const Scalar& s) const { return is_empty(bounds(s)); }
void CircularRanges::zero_extend(Scalar& s) const { zero_extend_bounds(bounds(s)); }

void CircularRanges::add(Scalar& d, const Scalar& s) const {
  Bounds& dst = bounds(d);
  const Bounds& src = bounds(s);
  set32(dst, arc32(dst) + arc32(src));
  set64(dst, arc64(dst) + arc64(src));
  dst.var_off = tnum_add(dst.var_off, src.var_off);
}

void CircularRanges::displace(Scalar& dst, const Scalar& ptr, const Scalar& off, bool subtract) const {
  Bounds b = bounds(ptr);
  const Arc64 by = arc64(bounds(off));
  set64(b, arc64(b) + (subtract ? -by : by));
  b.var_off = subtract ? tnum_sub(b.var_off, off.var_off()) : tnum_add(b.var_off, off.var_off());
  b.set_unbounded32();
  bounds(dst) = b;
}

void CircularRanges::apply(const Insn& insn, Scalar& d, const Scalar& s) const {
  Bounds& dst = bounds(d);
  const Bounds& src = bounds(s);
  const bool narrow = insn.cls() != bpf::ALU64;
  const u8 op = insn.op();
  const u64 amount = narrow ? arc32(src).umin() : arc64(src).umin();
  switch (op) {
    case bpf::ADD:
      add(d, s);
      break;
    case bpf::SUB:
      sub(dst, src);
      break;
    case bpf::NEG:
      dst.set_known(0);
      sub(dst, src);
      break;
    case bpf::MUL:
      mul(dst, src, rules_);
      break;
    case bpf::DIV:
      if (amount == 0)
        dst.set_known(0);
      else
        divide(dst, src, insn, [](auto x, auto by) { return std::optional(quotient(x, by)); });
      break;
    case bpf::MOD:
      if (amount != 0) divide(dst, src, insn, [](auto x, auto by) { return remainder(x, by); });
      break;
    case bpf::AND:
      dst.var_off = tnum_and(dst.var_off, src.var_off);
      bitwise(dst, src, op);
      break;
    case bpf::OR:
      dst.var_off = tnum_or(dst.var_off, src.var_off);
      bitwise(dst, src, op);
      break;
    case bpf::XOR:
      dst.var_off = tnum_xor(dst.var_off, src.var_off);
      bitwise(dst, src, op);
      break;
    case bpf::LSH:
      shift_left(dst, amount, narrow);
      break;
    case bpf::RSH:
    case bpf::ARSH:
      shift_right(dst, amount, narrow, op == bpf::ARSH);
      break;
    default:
      eight::swap_bits(dst, insn);
      if (insn.imm == 16 || insn.imm == 32) truncate(d, insn.imm / 8);
      break;
  }
  if (narrow && op != bpf::END) zero_extend_bounds(dst);
  settle_bounds(dst);
}

void CircularRanges::assume(Scalar& x, Scalar& y, u8 opcode, bool low) const {
  if (&x == &y || left_alone(x, y, opcode, low)) return;
  Bounds *a = &bounds(x), *b = &bounds(y);
  if (opcode == bpf::JGE || opcode == bpf::JGT || opcode == bpf::JSGE || opcode == bpf::JSGT) {
    opcode = flip_opcode(opcode);
    std::swap(a, b);
  }
  if (opcode == bpf::JEQ) {
    refine_equal(*a, *b, low);
  } else if (opcode == bpf::JNE || (opcode & ~bpf::X) == bpf::JSET) {
    if (!b->is_const(low)) std::swap(a, b);
    if (b->is_const(low)) refine_by_constant(*a, b->const_value(low), opcode, low);
  } else {
    const bool is_signed = opcode == bpf::JSLE || opcode == bpf::JSLT;
    const bool strict = opcode == bpf::JLT || opcode == bpf::JSLT;
    if (low)
      refine_ordered<u32>(*a, *b, is_signed, strict, arc32, narrow32);
    else
      refine_ordered<u64>(*a, *b, is_signed, strict, arc64, narrow64);
  }
  settle(x);
  settle(y);
}

void CircularRanges::confine(Scalar& s, s32 min, s32 max) const {
  set32(bounds(s), Arc32::of_signed(std::max(s.s32_min(), min), std::min(s.s32_max(), max)));
  set64(bounds(s), Arc64::of_signed(std::max<s64>(s.smin(), min), std::min<s64>(s.smax(), max)));
  settle(s);
}

void CircularRanges::truncate(Scalar& s, int size) const {
  Bounds& b = bounds(s);
  b.var_off = tnum_cast(b.var_off, static_cast<u8>(size));
  const u64 mask = (u64{1} << (size * 8)) - 1;
  const u64 umin = s.umin(), umax = s.umax();
  set64(b, (umin & ~mask) == (umax & ~mask) ? Arc64::of(umin & mask, umax & mask) : Arc64::of(0, mask));
  if (size < 4) b.set_unbounded32();
  settle(s);
}

/// The signed views are extended as eight bounds are; the arcs are what they then say.
void CircularRanges::sign_extend(Scalar& s, int size) const {
  Bounds& b = bounds(s);
  b = b.view();
  eight::sign_extend(b, size, rules_);
  set64(b, Arc64::of_signed(b.smin, b.smax));
  set32(b, Arc32::of_signed(b.s32_min, b.s32_max));
}

void CircularRanges::sign_extend32(Scalar& s, int size) const {
  Bounds& b = bounds(s);
  Bounds extended = b.view();
  eight::sign_extend32(extended, size, rules_);
  b.var_off = extended.var_off;
  set32(b, Arc32::of_signed(extended.s32_min, extended.s32_max));
}

bool CircularRanges::covers(const Scalar& old_value, const Scalar& cur_value) const {
  const Bounds &old = bounds(old_value), &cur = bounds(cur_value);
  return arc64(old).holds(arc64(cur)) && arc32(old).holds(arc32(cur)) && tnum_in(old.var_off, cur.var_off);
}

const char* CircularRanges::violation(const Scalar& s) const {
  const Bounds& b = bounds(s);
  if (is_empty(b)) return "range bounds violation";
  if (b.is_const() && arc64(b) != Arc64{b.var_off.value, 0}) return "const tnum out of sync with range bounds";
  if (b.subreg_is_const() && arc32(b) != Arc32{static_cast<u32>(b.var_off.value), 0})
    return "const subreg tnum out of sync with range bounds";
  return nullptr;
}

}  // namespace bpfcheck::sim
