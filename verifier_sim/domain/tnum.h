// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Tracked numbers: which bits of a value are known (kernel/bpf/tnum.c, 6.18).
#pragma once

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
Tnum tnum_range(u64 min, u64 max);
Tnum tnum_lshift(Tnum a, u8 shift);
Tnum tnum_rshift(Tnum a, u8 shift);
Tnum tnum_arshift(Tnum a, u8 min_shift, u8 insn_bitness);
Tnum tnum_add(Tnum a, Tnum b);
Tnum tnum_sub(Tnum a, Tnum b);
Tnum tnum_neg(Tnum a);
Tnum tnum_and(Tnum a, Tnum b);
Tnum tnum_or(Tnum a, Tnum b);
Tnum tnum_xor(Tnum a, Tnum b);
Tnum tnum_mul(Tnum a, Tnum b);
Tnum tnum_union(Tnum a, Tnum b);
bool tnum_overlap(Tnum a, Tnum b);
Tnum tnum_intersect(Tnum a, Tnum b);
Tnum tnum_cast(Tnum a, u8 bytes);
bool tnum_is_aligned(Tnum a, u64 size);
bool tnum_in(Tnum a, Tnum b);  ///< every value of b is in a
Tnum tnum_subreg(Tnum a);
Tnum tnum_clear_subreg(Tnum a);
Tnum tnum_with_subreg(Tnum reg, Tnum subreg);
Tnum tnum_const_subreg(Tnum a, u32 v);
Tnum tnum_bswap16(Tnum a);
Tnum tnum_bswap32(Tnum a);
Tnum tnum_bswap64(Tnum a);
/// The least member of `t` that is greater than z; its greatest where none is.
u64 tnum_step(Tnum t, u64 z);

}  // namespace bpfcheck::sim
