// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What ALU operations make of ranges and bits (scalar_min_max_*, scalar32_min_max_*: kernel/bpf/verifier.c, 6.18).
#include <algorithm>
#include <limits>

#include "verifier_sim/domain/bounds_ops.h"
#include "verifier_sim/domain/division.h"

namespace bpfcheck::sim::eight {
namespace {

template <class T>
constexpr T least = std::numeric_limits<T>::min();
template <class T>
constexpr T most = std::numeric_limits<T>::max();

template <class S>
void add_signed(S& smin, S& smax, S src_smin, S src_smax) {
  if (__builtin_add_overflow(smin, src_smin, &smin) || __builtin_add_overflow(smax, src_smax, &smax))
    smin = least<S>, smax = most<S>;
}
template <class S>
void sub_signed(S& smin, S& smax, S src_smin, S src_smax) {
  if (__builtin_sub_overflow(smin, src_smax, &smin) || __builtin_sub_overflow(smax, src_smin, &smax))
    smin = least<S>, smax = most<S>;
}

/// Where both ends wrap, the range stays one piece, if the rules know that.
template <class S, class U>
void add_ranges(S& smin, S& smax, U& umin, U& umax, S src_smin, S src_smax, U src_umin, U src_umax,
                const RangeRules& rules) {
  add_signed(smin, smax, src_smin, src_smax);
  const bool low = __builtin_add_overflow(umin, src_umin, &umin), high = __builtin_add_overflow(umax, src_umax, &umax);
  if (rules.sums_wrap ? low != high : low || high) umin = 0, umax = most<U>;
}

template <class S, class U>
void sub_ranges(S& smin, S& smax, U& umin, U& umax, S src_smin, S src_smax, U src_umin, U src_umax,
                const RangeRules& rules) {
  sub_signed(smin, smax, src_smin, src_smax);
  const bool low = __builtin_sub_overflow(umin, src_umax, &umin), high = __builtin_sub_overflow(umax, src_umin, &umax);
  if (rules.sums_wrap ? low != high : low) umin = 0, umax = most<U>;
}

template <class S, class U>
void mul_signed_ranges(S& smin, S& smax, U& umin, U& umax, S src_smin, S src_smax, U src_umin, U src_umax) {
  if (__builtin_mul_overflow(umax, src_umax, &umax) || __builtin_mul_overflow(umin, src_umin, &umin))
    umin = 0, umax = most<U>;
  S p[4];
  if (__builtin_mul_overflow(smin, src_smin, &p[0]) || __builtin_mul_overflow(smin, src_smax, &p[1]) ||
      __builtin_mul_overflow(smax, src_smin, &p[2]) || __builtin_mul_overflow(smax, src_smax, &p[3])) {
    smin = least<S>, smax = most<S>;
  } else {
    smin = *std::min_element(p, p + 4);
    smax = *std::max_element(p, p + 4);
  }
}

/// Before signed products: only of numbers that are not negative and half as wide.
template <class S, class U>
void mul_ranges(S& smin, S& smax, U& umin, U& umax, S src_smin, S src_smax, U src_umin, U src_umax,
                const RangeRules& rules) {
  if (rules.signed_products) return mul_signed_ranges(smin, smax, umin, umax, src_smin, src_smax, src_umin, src_umax);
  constexpr U half = most<U> >> (sizeof(U) * 4);
  const bool small = src_smin >= 0 && smin >= 0 && src_umax <= half && umax <= half;
  umin = small ? umin * src_umin : 0;
  umax = small ? umax * src_umax : most<U>;
  const bool fits = small && static_cast<S>(umax) >= 0;
  smin = fits ? static_cast<S>(umin) : least<S>;
  smax = fits ? static_cast<S>(umax) : most<S>;
}

#define BOTH_WIDTHS(fn)                                                                                                \
  fn<s32, u32>(dst.s32_min, dst.s32_max, dst.u32_min, dst.u32_max, src.s32_min, src.s32_max, src.u32_min, src.u32_max, \
               rules);                                                                                                 \
  fn<s64, u64>(dst.smin, dst.smax, dst.umin, dst.umax, src.smin, src.smax, src.umin, src.umax, rules)

/// Signed ranges after a bitwise operation: the unsigned ones, where these do not cross the sign or, as older rules
/// have it, where no operand may be negative.
template <class S, class U>
void signed_from_unsigned(S& smin, S& smax, U umin, U umax, bool operands_positive, const RangeRules& rules) {
  const bool fits = rules.bitwise_by_unsigned ? static_cast<S>(umin) <= static_cast<S>(umax) : operands_positive;
  smin = fits ? static_cast<S>(umin) : least<S>;
  smax = fits ? static_cast<S>(umax) : most<S>;
}

/// Shared frame of and, or, xor: bits first, then unsigned ranges by the operation, then signed ones.
template <class Narrow, class Wide>
void bitwise(Bounds& dst, const Bounds& src, const RangeRules& rules, Tnum bits, Narrow narrow, Wide wide) {
  // Whether dst is constant is asked after the new bits are in place, as the kernel does.
  dst.var_off = bits;
  const Tnum low = tnum_subreg(bits);
  const bool known64 = src.is_const() && dst.is_const();
  if (src.subreg_is_const() && dst.subreg_is_const()) {
    dst.set_known32(low.value);
  } else {
    narrow(low);
    signed_from_unsigned(dst.s32_min, dst.s32_max, dst.u32_min, dst.u32_max, dst.s32_min >= 0 && src.s32_min >= 0,
                         rules);
  }
  if (known64) {
    dst.set_known(dst.var_off.value);
  } else {
    wide();
    signed_from_unsigned(dst.smin, dst.smax, dst.umin, dst.umax, dst.smin >= 0 && src.smin >= 0, rules);
    update_bounds(dst, rules);
  }
}

Tnum multiplied(Tnum a, Tnum b, Product product) {
  switch (product) {
    case Product::halves:
      return tnum_mul_halves(a, b);
    case Product::summed:
      return tnum_mul_summed(a, b);
    default:
      return tnum_mul_joined(a, b);
  }
}

void lsh32_ranges(Bounds& dst, u64 umin, u64 umax) {
  dst.s32_min = S32_MIN;
  dst.s32_max = S32_MAX;
  if (umax > 31 || dst.u32_max > (u64{1} << (31 - umax))) {
    dst.u32_min = 0;
    dst.u32_max = U32_MAX;
  } else {
    dst.u32_min <<= umin;
    dst.u32_max <<= umax;
  }
}

}  // namespace

void add(Bounds& dst, const Bounds& src, const RangeRules& rules) {
  BOTH_WIDTHS(add_ranges);
  dst.var_off = tnum_add(dst.var_off, src.var_off);
}
void sub(Bounds& dst, const Bounds& src, const RangeRules& rules) {
  BOTH_WIDTHS(sub_ranges);
  dst.var_off = tnum_sub(dst.var_off, src.var_off);
}
void mul(Bounds& dst, const Bounds& src, const RangeRules& rules) {
  dst.var_off = multiplied(dst.var_off, src.var_off, rules.product);
  BOTH_WIDTHS(mul_ranges);
}
void neg(Bounds& dst, const Bounds& src, const RangeRules& rules) {
  dst.set_known(0);
  sub(dst, src, rules);
}

void bit_and(Bounds& dst, const Bounds& src, const RangeRules& rules) {
  bitwise(
      dst, src, rules, tnum_and(dst.var_off, src.var_off),
      [&](Tnum low) {
        dst.u32_min = static_cast<u32>(low.value);
        dst.u32_max = std::min(dst.u32_max, src.u32_max);
      },
      [&] {
        dst.umin = dst.var_off.value;
        dst.umax = std::min(dst.umax, src.umax);
      });
}
void bit_or(Bounds& dst, const Bounds& src, const RangeRules& rules) {
  bitwise(
      dst, src, rules, tnum_or(dst.var_off, src.var_off),
      [&](Tnum low) {
        dst.u32_min = std::max(dst.u32_min, src.u32_min);
        dst.u32_max = static_cast<u32>(low.value | low.mask);
      },
      [&] {
        dst.umin = std::max(dst.umin, src.umin);
        dst.umax = dst.var_off.value | dst.var_off.mask;
      });
}
void bit_xor(Bounds& dst, const Bounds& src, const RangeRules& rules) {
  bitwise(
      dst, src, rules, tnum_xor(dst.var_off, src.var_off),
      [&](Tnum low) {
        dst.u32_min = static_cast<u32>(low.value);
        dst.u32_max = static_cast<u32>(low.value | low.mask);
      },
      [&] {
        dst.umin = dst.var_off.value;
        dst.umax = dst.var_off.value | dst.var_off.mask;
      });
}

void lsh32(Bounds& dst, const Bounds& src) {
  const Tnum low = tnum_subreg(dst.var_off);
  const u32 umin = src.u32_min, umax = src.u32_max;
  lsh32_ranges(dst, umin, umax);
  dst.var_off = tnum_subreg(tnum_lshift(low, static_cast<u8>(umin)));
  dst.set_unbounded64();
  update_bounds32(dst);
}
void lsh64(Bounds& dst, const Bounds& src, const RangeRules& rules) {
  const u64 umin = src.umin, umax = src.umax;
  const bool upper = umin == 32 && umax == 32;  // the lower half becomes the upper
  auto shifted = [](s32 v) { return static_cast<s64>(static_cast<u64>(s64{v}) << 32); };
  dst.smax = upper && (rules.shift_keeps_sign || dst.s32_max >= 0) ? shifted(dst.s32_max) : S64_MAX;
  dst.smin = upper && (rules.shift_keeps_sign || dst.s32_min >= 0) ? shifted(dst.s32_min) : S64_MIN;
  if (dst.umax > (u64{1} << (63 - umax))) {
    dst.umin = 0;
    dst.umax = U64_MAX;
  } else {
    dst.umin <<= umin;
    dst.umax <<= umax;
  }
  lsh32_ranges(dst, umin, umax);
  dst.var_off = tnum_lshift(dst.var_off, static_cast<u8>(umin));
  update_bounds(dst, rules);
}
void rsh32(Bounds& dst, const Bounds& src) {
  const Tnum low = tnum_subreg(dst.var_off);
  dst.s32_min = S32_MIN;
  dst.s32_max = S32_MAX;
  dst.var_off = tnum_rshift(low, static_cast<u8>(src.u32_min));
  const u32 umin = src.u32_min, umax = src.u32_max;
  dst.u32_min >>= umax;
  dst.u32_max >>= umin;
  dst.set_unbounded64();
  update_bounds32(dst);
}
void rsh64(Bounds& dst, const Bounds& src, const RangeRules& rules) {
  const u64 umin = src.umin, umax = src.umax;
  dst.smin = S64_MIN;
  dst.smax = S64_MAX;
  dst.var_off = tnum_rshift(dst.var_off, static_cast<u8>(umin));
  dst.umin >>= umax;
  dst.umax >>= umin;
  dst.set_unbounded32();
  update_bounds(dst, rules);
}
void arsh32(Bounds& dst, const Bounds& src) {
  const u32 shift = src.u32_min;
  dst.s32_min >>= shift;
  dst.s32_max >>= shift;
  dst.var_off = tnum_arshift(tnum_subreg(dst.var_off), static_cast<u8>(shift), 32);
  dst.u32_min = 0;
  dst.u32_max = U32_MAX;
  dst.set_unbounded64();
  update_bounds32(dst);
}
void arsh64(Bounds& dst, const Bounds& src, const RangeRules& rules) {
  const u64 shift = src.umin;
  dst.smin >>= shift;
  dst.smax >>= shift;
  dst.var_off = tnum_arshift(dst.var_off, static_cast<u8>(shift), 64);
  dst.umin = 0;
  dst.umax = U64_MAX;
  dst.set_unbounded32();
  update_bounds(dst, rules);
}

namespace {

/// Of one width: bounds of the other, and the other sign's, are unknown as are the bits.
template <class U, class S, class Op>
void divide_width(Bounds& dst, U& umin, U& umax, S& smin, S& smax, U uby, S sby, bool is_signed, Op op) {
  if (is_signed) {
    const std::optional<Extent<S>> r = op(Extent<S>{smin, smax}, sby);
    if (!r) return;
    dst.set_unknown();
    smin = r->min;
    smax = r->max;
  } else {
    const std::optional<Extent<U>> r = op(Extent<U>{umin, umax}, uby);
    if (!r) return;
    dst.set_unknown();
    umin = r->min;
    umax = r->max;
  }
}

template <class Op>
void divide_by(Bounds& dst, const Bounds& src, bool is_alu32, bool is_signed, Op op) {
  if (is_alu32)
    divide_width(dst, dst.u32_min, dst.u32_max, dst.s32_min, dst.s32_max, src.u32_min, src.s32_min, is_signed, op);
  else
    divide_width(dst, dst.umin, dst.umax, dst.smin, dst.smax, src.umin, src.smin, is_signed, op);
}

}  // namespace

void divide(Bounds& dst, const Bounds& src, bool is_alu32, bool is_signed) {
  if ((is_alu32 ? src.u32_min : src.umin) == 0) return dst.set_known(0);
  divide_by(dst, src, is_alu32, is_signed, [](auto x, auto by) { return std::optional(quotient(x, by)); });
}
void modulo(Bounds& dst, const Bounds& src, bool is_alu32, bool is_signed) {
  if ((is_alu32 ? src.u32_min : src.umin) == 0) return;
  divide_by(dst, src, is_alu32, is_signed, [](auto x, auto by) { return remainder(x, by); });
}

void swap_bits(Bounds& dst, const Insn& insn) {
  if (insn.cls() != bpf::ALU64 && !insn.src_is_reg()) return;  // to little endian, on a little-endian machine
  if (insn.imm == 16)
    dst.var_off = tnum_bswap16(dst.var_off);
  else if (insn.imm == 32)
    dst.var_off = tnum_bswap32(dst.var_off);
  else if (insn.imm == 64)
    dst.var_off = tnum_bswap64(dst.var_off);
  dst.set_unbounded();
}
void byte_swap(Bounds& dst, const Insn& insn, const RangeRules& rules) {
  swap_bits(dst, insn);
  if (insn.imm == 16 || insn.imm == 32) truncate(dst, insn.imm / 8, rules);
}

void displace(Bounds& dst, const Bounds& ptr, const Bounds& off, bool subtract) {
  dst = ptr;
  if (subtract) {
    sub_signed(dst.smin, dst.smax, off.smin, off.smax);
    if (ptr.umin < off.umax) {
      dst.umin = 0, dst.umax = U64_MAX;
    } else {
      dst.umin -= off.umax;
      dst.umax -= off.umin;
    }
    dst.var_off = tnum_sub(ptr.var_off, off.var_off);
  } else {
    add_signed(dst.smin, dst.smax, off.smin, off.smax);
    if (__builtin_add_overflow(ptr.umin, off.umin, &dst.umin) || __builtin_add_overflow(ptr.umax, off.umax, &dst.umax))
      dst.umin = 0, dst.umax = U64_MAX;
    dst.var_off = tnum_add(ptr.var_off, off.var_off);
  }
  dst.set_unbounded32();
}

}  // namespace bpfcheck::sim::eight
