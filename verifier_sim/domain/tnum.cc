// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See tnum.h.
#include "verifier_sim/domain/tnum.h"

#include <bit>

#include "base/bytes.h"

namespace bpfcheck::sim {
Tnum tnum_arshift(Tnum a, u8 min_shift, u8 insn_bitness) {
  if (insn_bitness == 32)
    return {static_cast<u32>(static_cast<s32>(a.value) >> (min_shift & 31)),
            static_cast<u32>(static_cast<s32>(a.mask) >> (min_shift & 31))};
  return {static_cast<u64>(static_cast<s64>(a.value) >> (min_shift & 63)),
          static_cast<u64>(static_cast<s64>(a.mask) >> (min_shift & 63))};
}
Tnum tnum_neg(Tnum a) { return tnum_sub({0, 0}, a); }
Tnum tnum_xor(Tnum a, Tnum b) { return tnum_from(a.value ^ b.value, a.mask | b.mask); }
Tnum tnum_union(Tnum a, Tnum b) { return tnum_from(a.value & b.value, (a.value ^ b.value) | a.mask | b.mask); }
Tnum tnum_mul_halves(Tnum a, Tnum b) {
  Tnum sum = tnum_const(a.value * b.value);
  auto add_unknown = [&sum](u64 factor, u64 by) {
    for (; by; by >>= 1, factor <<= 1)
      if (by & 1) sum = tnum_add(sum, {0, factor});
  };
  add_unknown(a.mask, b.mask | b.value);
  add_unknown(b.mask, a.value);
  return sum;
}
Tnum tnum_mul_summed(Tnum a, Tnum b) {
  const Tnum known = tnum_const(a.value * b.value);
  Tnum unknown;
  for (; a.value || a.mask; a = tnum_rshift(a, 1), b = tnum_lshift(b, 1)) {
    if (a.value & 1)
      unknown = tnum_add(unknown, {0, b.mask});
    else if (a.mask & 1)
      unknown = tnum_add(unknown, {0, b.value | b.mask});
  }
  return tnum_add(known, unknown);
}
Tnum tnum_mul_joined(Tnum a, Tnum b) {
  Tnum sum;
  for (; a.value || a.mask; a = tnum_rshift(a, 1), b = tnum_lshift(b, 1)) {
    if (a.value & 1)
      sum = tnum_add(sum, b);
    else if (a.mask & 1)
      sum = tnum_union(sum, tnum_add(sum, b));
  }
  return sum;
}
bool tnum_overlap(Tnum a, Tnum b) { return ((a.value ^ b.value) & ~a.mask & ~b.mask) == 0; }
bool tnum_is_aligned(Tnum a, u64 size) { return size == 0 || ((a.value | a.mask) & (size - 1)) == 0; }
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
