// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What ALU operations make of ranges and bits (scalar_min_max_*, scalar32_min_max_*: kernel/bpf/verifier.c, 6.18).
#include <algorithm>
#include <limits>

#include "verifier_sim/domain/scalar.h"

namespace bpfcheck::sim::scalar_op {
namespace {

template <class T>
constexpr T least = std::numeric_limits<T>::min();
template <class T>
constexpr T most = std::numeric_limits<T>::max();

template <class S, class U>
void add_ranges(S& smin, S& smax, U& umin, U& umax, S src_smin, S src_smax, U src_umin, U src_umax) {
  if (__builtin_add_overflow(smin, src_smin, &smin) || __builtin_add_overflow(smax, src_smax, &smax))
    smin = least<S>, smax = most<S>;
  // Where both ends wrap the range stays one piece.
  const bool low = __builtin_add_overflow(umin, src_umin, &umin), high = __builtin_add_overflow(umax, src_umax, &umax);
  if (!low && high) umin = 0, umax = most<U>;
}

template <class S, class U>
void sub_ranges(S& smin, S& smax, U& umin, U& umax, S src_smin, S src_smax, U src_umin, U src_umax) {
  if (__builtin_sub_overflow(smin, src_smax, &smin) || __builtin_sub_overflow(smax, src_smin, &smax))
    smin = least<S>, smax = most<S>;
  const bool low = __builtin_sub_overflow(umin, src_umax, &umin), high = __builtin_sub_overflow(umax, src_umin, &umax);
  if (low && !high) umin = 0, umax = most<U>;
}

template <class S, class U>
void mul_ranges(S& smin, S& smax, U& umin, U& umax, S src_smin, S src_smax, U src_umin, U src_umax) {
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

#define BOTH_WIDTHS(fn)                                                                                   \
  fn<s32, u32>(dst.s32_min, dst.s32_max, dst.u32_min, dst.u32_max, src.s32_min, src.s32_max, src.u32_min, \
               src.u32_max);                                                                              \
  fn<s64, u64>(dst.smin, dst.smax, dst.umin, dst.umax, src.smin, src.smax, src.umin, src.umax)

/// Signed ranges after a bitwise operation: the unsigned ones where they do not cross the sign.
void signed_from_unsigned32(Scalar& s) {
  const bool fits = static_cast<s32>(s.u32_min) <= static_cast<s32>(s.u32_max);
  s.s32_min = fits ? static_cast<s32>(s.u32_min) : S32_MIN;
  s.s32_max = fits ? static_cast<s32>(s.u32_max) : S32_MAX;
}
void signed_from_unsigned64(Scalar& s) {
  const bool fits = static_cast<s64>(s.umin) <= static_cast<s64>(s.umax);
  s.smin = fits ? static_cast<s64>(s.umin) : S64_MIN;
  s.smax = fits ? static_cast<s64>(s.umax) : S64_MAX;
}

/// Shared frame of and, or, xor: bits first, then unsigned ranges by the operation, then signed ones.
template <class Narrow, class Wide>
void bitwise(Scalar& dst, const Scalar& src, RangeRules rules, Tnum bits, Narrow narrow, Wide wide) {
  // Whether dst is constant is asked after the new bits are in place, as the kernel does.
  dst.var_off = bits;
  const Tnum low = tnum_subreg(bits);
  const bool known64 = src.is_const() && dst.is_const();
  if (src.subreg_is_const() && dst.subreg_is_const()) {
    dst.set_known32(low.value);
  } else {
    narrow(low);
    signed_from_unsigned32(dst);
  }
  if (known64) {
    dst.set_known(dst.var_off.value);
  } else {
    wide();
    signed_from_unsigned64(dst);
    dst.update_bounds(rules);
  }
}

void lsh32_ranges(Scalar& dst, u64 umin, u64 umax) {
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

void add(Scalar& dst, const Scalar& src) {
  BOTH_WIDTHS(add_ranges);
  dst.var_off = tnum_add(dst.var_off, src.var_off);
}
void sub(Scalar& dst, const Scalar& src) {
  BOTH_WIDTHS(sub_ranges);
  dst.var_off = tnum_sub(dst.var_off, src.var_off);
}
void mul(Scalar& dst, const Scalar& src) {
  dst.var_off = tnum_mul(dst.var_off, src.var_off);
  BOTH_WIDTHS(mul_ranges);
}
void neg(Scalar& dst) {
  Scalar zero;
  zero.set_known(0);
  sub(zero, dst);
  dst = zero;
}

void bit_and(Scalar& dst, const Scalar& src, RangeRules rules) {
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
void bit_or(Scalar& dst, const Scalar& src, RangeRules rules) {
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
void bit_xor(Scalar& dst, const Scalar& src, RangeRules rules) {
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

void lsh32(Scalar& dst, const Scalar& src) {
  const Tnum low = tnum_subreg(dst.var_off);
  const u32 umin = src.u32_min, umax = src.u32_max;
  lsh32_ranges(dst, umin, umax);
  dst.var_off = tnum_subreg(tnum_lshift(low, static_cast<u8>(umin)));
  dst.set_unbounded64();
  dst.update_bounds32();
}
void lsh64(Scalar& dst, const Scalar& src, RangeRules rules) {
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
  dst.update_bounds(rules);
}
void rsh32(Scalar& dst, const Scalar& src) {
  const Tnum low = tnum_subreg(dst.var_off);
  dst.s32_min = S32_MIN;
  dst.s32_max = S32_MAX;
  dst.var_off = tnum_rshift(low, static_cast<u8>(src.u32_min));
  const u32 umin = src.u32_min, umax = src.u32_max;
  dst.u32_min >>= umax;
  dst.u32_max >>= umin;
  dst.set_unbounded64();
  dst.update_bounds32();
}
void rsh64(Scalar& dst, const Scalar& src, RangeRules rules) {
  const u64 umin = src.umin, umax = src.umax;
  dst.smin = S64_MIN;
  dst.smax = S64_MAX;
  dst.var_off = tnum_rshift(dst.var_off, static_cast<u8>(umin));
  dst.umin >>= umax;
  dst.umax >>= umin;
  dst.set_unbounded32();
  dst.update_bounds(rules);
}
void arsh32(Scalar& dst, const Scalar& src) {
  const u32 shift = src.u32_min;
  dst.s32_min >>= shift;
  dst.s32_max >>= shift;
  dst.var_off = tnum_arshift(tnum_subreg(dst.var_off), static_cast<u8>(shift), 32);
  dst.u32_min = 0;
  dst.u32_max = U32_MAX;
  dst.set_unbounded64();
  dst.update_bounds32();
}
void arsh64(Scalar& dst, const Scalar& src, RangeRules rules) {
  const u64 shift = src.umin;
  dst.smin >>= shift;
  dst.smax >>= shift;
  dst.var_off = tnum_arshift(dst.var_off, static_cast<u8>(shift), 64);
  dst.umin = 0;
  dst.umax = U64_MAX;
  dst.set_unbounded32();
  dst.update_bounds(rules);
}

}  // namespace bpfcheck::sim::scalar_op
