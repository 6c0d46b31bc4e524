// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See tnum.h.
#include "verifier_sim/domain/tnum.h"

#include <bit>

#include "base/bytes.h"

namespace bpfcheck::sim {
namespace {

/// A value with unknown bits cleared where `unknown` has them.
constexpr Tnum make(u64 value, u64 unknown) { return {value & ~unknown, unknown}; }

}  // namespace

Tnum tnum_range(u64 min, u64 max) {
  const int bits = 64 - std::countl_zero(min ^ max);
  if (bits > 63) return tnum_unknown;
  const u64 differing = (u64{1} << bits) - 1;
  return make(min, differing);
}
Tnum tnum_lshift(Tnum a, u8 shift) { return {a.value << (shift & 63), a.mask << (shift & 63)}; }
Tnum tnum_rshift(Tnum a, u8 shift) { return {a.value >> (shift & 63), a.mask >> (shift & 63)}; }
Tnum tnum_arshift(Tnum a, u8 min_shift, u8 insn_bitness) {
  if (insn_bitness == 32)
    return {static_cast<u32>(static_cast<s32>(a.value) >> (min_shift & 31)), static_cast<u32>(static_cast<s32>(a.mask) >> (min_shift & 31))};
  return {static_cast<u64>(static_cast<s64>(a.value) >> (min_shift & 63)), static_cast<u64>(static_cast<s64>(a.mask) >> (min_shift & 63))};
}
Tnum tnum_add(Tnum a, Tnum b) {
  const u64 low = a.value + b.value, high = low + a.mask + b.mask;
  return make(low, (low ^ high) | a.mask | b.mask);
}
Tnum tnum_sub(Tnum a, Tnum b) {
  const u64 d = a.value - b.value;
  return make(d, ((d + a.mask) ^ (d - b.mask)) | a.mask | b.mask);
}
Tnum tnum_neg(Tnum a) { return tnum_sub({0, 0}, a); }
Tnum tnum_and(Tnum a, Tnum b) {
  const u64 ones = a.value & b.value;
  return {ones, (a.value | a.mask) & (b.value | b.mask) & ~ones};
}
Tnum tnum_or(Tnum a, Tnum b) {
  const u64 ones = a.value | b.value;
  return {ones, (a.mask | b.mask) & ~ones};
}
Tnum tnum_xor(Tnum a, Tnum b) { return make(a.value ^ b.value, a.mask | b.mask); }
Tnum tnum_union(Tnum a, Tnum b) { return make(a.value & b.value, (a.value ^ b.value) | a.mask | b.mask); }
Tnum tnum_mul(Tnum a, Tnum b) {
  Tnum sum;
  for (; a.value || a.mask; a = tnum_rshift(a, 1), b = tnum_lshift(b, 1)) {
    if (a.value & 1) sum = tnum_add(sum, b);
    else if (a.mask & 1) sum = tnum_union(sum, tnum_add(sum, b));
  }
  return sum;
}
bool tnum_overlap(Tnum a, Tnum b) { return ((a.value ^ b.value) & ~a.mask & ~b.mask) == 0; }
Tnum tnum_intersect(Tnum a, Tnum b) { return make(a.value | b.value, a.mask & b.mask); }
Tnum tnum_cast(Tnum a, u8 bytes) {
  if (bytes >= 8) return a;
  const u64 kept = (u64{1} << (bytes * 8)) - 1;
  return {a.value & kept, a.mask & kept};
}
bool tnum_is_aligned(Tnum a, u64 size) { return size == 0 || ((a.value | a.mask) & (size - 1)) == 0; }
bool tnum_in(Tnum a, Tnum b) { return !(b.mask & ~a.mask) && a.value == (b.value & ~a.mask); }
Tnum tnum_subreg(Tnum a) { return tnum_cast(a, 4); }
Tnum tnum_clear_subreg(Tnum a) { return tnum_lshift(tnum_rshift(a, 32), 32); }
Tnum tnum_with_subreg(Tnum reg, Tnum subreg) { return tnum_or(tnum_clear_subreg(reg), tnum_subreg(subreg)); }
Tnum tnum_const_subreg(Tnum a, u32 v) { return tnum_with_subreg(a, tnum_const(v)); }
Tnum tnum_bswap16(Tnum a) { return {byte_swap(static_cast<u16>(a.value)), byte_swap(static_cast<u16>(a.mask))}; }
Tnum tnum_bswap32(Tnum a) { return {byte_swap(static_cast<u32>(a.value)), byte_swap(static_cast<u32>(a.mask))}; }
Tnum tnum_bswap64(Tnum a) { return {byte_swap(a.value), byte_swap(a.mask)}; }

u64 tnum_step(Tnum t, u64 z) {
  const u64 greatest = t.value | t.mask;
  if (z >= greatest) return greatest;
  if (z < t.value) return t.value;
  // The known bits of z decide: where the first that differs is 1 in t, all unknown bits below it start at 0 again;
  // where it is 0, the unknown bits above it count one up.
  const u64 forced = t.value | (z & t.mask);
  const u64 differing = forced > z ? ~z & t.value & ~t.mask : z & ~t.value & ~t.mask;
  const int k = 64 - std::countl_zero(differing);
  const u64 above = k >= 64 ? 0 : ~u64{0} << k;
  if (forced > z) return (above & z) | (~above & t.value);
  const u64 up = ((above & t.mask & z) | (above & ~t.mask)) + (k >= 64 ? 0 : u64{1} << k);
  return (up & t.mask) | t.value;
}

}  // namespace bpfcheck::sim
