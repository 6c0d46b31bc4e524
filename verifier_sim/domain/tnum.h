// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Tracked numbers: which bits of a value are known (kernel/bpf/tnum.c, 6.18).
#pragma once

#include <bit>

#include "base/types.h"

namespace bpfcheck::sim {

/// A bit is known where `mask` is 0, and then `value` holds it; `value` is 0 where `mask` is 1.
struct Tnum {
  u64 value = 0, mask = 0;
  bool operator==(const Tnum&) const = default;

  bool is_const() const { return mask == 0; }
  bool equals_const(u64 v) const { return is_const() && value == v; }
  bool is_unknown() const { return mask == ~u64{0}; }
};

inline constexpr Tnum tnum_unknown{0, ~u64{0}};
constexpr Tnum tnum_const(u64 v) { return {v, 0}; }
/// A value with the bits cleared that are unknown.
constexpr Tnum tnum_from(u64 value, u64 unknown) { return {value & ~unknown, unknown}; }
constexpr Tnum tnum_range(u64 min, u64 max) {
  const int bits = 64 - std::countl_zero(min ^ max);
  return bits > 63 ? tnum_unknown : tnum_from(min, (u64{1} << bits) - 1);
}
constexpr Tnum tnum_lshift(Tnum a, u8 shift) { return {a.value << (shift & 63), a.mask << (shift & 63)}; }
constexpr Tnum tnum_rshift(Tnum a, u8 shift) { return {a.value >> (shift & 63), a.mask >> (shift & 63)}; }
Tnum tnum_arshift(Tnum a, u8 min_shift, u8 insn_bitness);
constexpr Tnum tnum_add(Tnum a, Tnum b) {
  const u64 low = a.value + b.value, high = low + a.mask + b.mask;
  return tnum_from(low, (low ^ high) | a.mask | b.mask);
}
constexpr Tnum tnum_sub(Tnum a, Tnum b) {
  const u64 d = a.value - b.value;
  return tnum_from(d, ((d + a.mask) ^ (d - b.mask)) | a.mask | b.mask);
}
Tnum tnum_neg(Tnum a);
constexpr Tnum tnum_and(Tnum a, Tnum b) {
  const u64 ones = a.value & b.value;
  return {ones, (a.value | a.mask) & (b.value | b.mask) & ~ones};
}
constexpr Tnum tnum_or(Tnum a, Tnum b) {
  const u64 ones = a.value | b.value;
  return {ones, (a.mask | b.mask) & ~ones};
}
Tnum tnum_xor(Tnum a, Tnum b);
/// The kernel's multiplication became narrower twice: it adds partial products whole and joins the two of an unknown
/// bit (joined: since 6.18); it sums up known and unknown parts apart (summed: since 5.14); or does so half by half
/// (5.10).
Tnum tnum_mul_joined(Tnum a, Tnum b);
Tnum tnum_mul_summed(Tnum a, Tnum b);
Tnum tnum_mul_halves(Tnum a, Tnum b);
Tnum tnum_union(Tnum a, Tnum b);
bool tnum_overlap(Tnum a, Tnum b);
constexpr Tnum tnum_intersect(Tnum a, Tnum b) { return tnum_from(a.value | b.value, a.mask & b.mask); }
constexpr Tnum tnum_cast(Tnum a, u8 bytes) {
  if (bytes >= 8) return a;
  const u64 kept = (u64{1} << (bytes * 8)) - 1;
  return {a.value & kept, a.mask & kept};
}
bool tnum_is_aligned(Tnum a, u64 size);
/// Every value of b is in a.
constexpr bool tnum_in(Tnum a, Tnum b) { return !(b.mask & ~a.mask) && a.value == (b.value & ~a.mask); }
constexpr Tnum tnum_subreg(Tnum a) { return tnum_cast(a, 4); }
constexpr Tnum tnum_clear_subreg(Tnum a) { return tnum_lshift(tnum_rshift(a, 32), 32); }
constexpr Tnum tnum_with_subreg(Tnum reg, Tnum subreg) { return tnum_or(tnum_clear_subreg(reg), tnum_subreg(subreg)); }
constexpr Tnum tnum_const_subreg(Tnum a, u32 v) { return tnum_with_subreg(a, tnum_const(v)); }
Tnum tnum_bswap16(Tnum a);
Tnum tnum_bswap32(Tnum a);
Tnum tnum_bswap64(Tnum a);
/// The least member of `t` that is greater than z; its greatest where none is.
u64 tnum_step(Tnum t, u64 z);

}  // namespace bpfcheck::sim
