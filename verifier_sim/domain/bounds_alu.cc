// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What ALU operations make of ranges and bits (scalar_min_max_*, scalar32_min_max_*: kernel/bpf/verifier.c, 6.18).
#include <algorithm>
#include <limits>

#include "verifier_sim/domain/bounds_ops.h"

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

template <class S, class U>
void add_ranges(S& smin, S& smax, U& umin, U& umax, S src_smin, S src_smax, U src_umin, U src_umax) {
  add_signed(smin, smax, src_smin, src_smax);
  // Where both ends wrap the range stays one piece.
  const bool low = __builtin_add_overflow(umin, src_umin, &umin), high = __builtin_add_overflow(umax, src_umax, &umax);
  if (!low && high) umin = 0, umax = most<U>;
}

template <class S, class U>
void sub_ranges(S& smin, S& smax, U& umin, U& umax, S src_smin, S src_smax, U src_umin, U src_umax) {
  sub_signed(smin, smax, src_smin, src_smax);
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
void signed_from_unsigned32(Bounds& s) {
  const bool fits = static_cast<s32>(s.u32_min) <= static_cast<s32>(s.u32_max);
  s.s32_min = fits ? static_cast<s32>(s.u32_min) : S32_MIN;
  s.s32_max = fits ? static_cast<s32>(s.u32_max) : S32_MAX;
}
void signed_from_unsigned64(Bounds& s) {
  const bool fits = static_cast<s64>(s.umin) <= static_cast<s64>(s.umax);
  s.smin = fits ? static_cast<s64>(s.umin) : S64_MIN;
  s.smax = fits ? static_cast<s64>(s.umax) : S64_MAX;
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
    signed_from_unsigned32(dst);
  }
  if (known64) {
    dst.set_known(dst.var_off.value);
  } else {
    wide();
    signed_from_unsigned64(dst);
    update_bounds(dst, rules);
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

void add(Bounds& dst, const Bounds& src) {
  BOTH_WIDTHS(add_ranges);
  dst.var_off = tnum_add(dst.var_off, src.var_off);
}
void sub(Bounds& dst, const Bounds& src) {
  BOTH_WIDTHS(sub_ranges);
  dst.var_off = tnum_sub(dst.var_off, src.var_off);
}
void mul(Bounds& dst, const Bounds& src) {
  dst.var_off = tnum_mul(dst.var_off, src.var_off);
  BOTH_WIDTHS(mul_ranges);
}
void neg(Bounds& dst, const Bounds& src) {
  dst.set_known(0);
  sub(dst, src);
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

void byte_swap(Bounds& dst, const Insn& insn, const RangeRules& rules) {
  if (insn.cls() == bpf::ALU64 || insn.src_is_reg()) {  // to big endian, on a little-endian machine
    if (insn.imm == 16)
      dst.var_off = tnum_bswap16(dst.var_off);
    else if (insn.imm == 32)
      dst.var_off = tnum_bswap32(dst.var_off);
    else if (insn.imm == 64)
      dst.var_off = tnum_bswap64(dst.var_off);
    dst.set_unbounded();
  }
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
