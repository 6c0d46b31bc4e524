// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A value as bits and eight bounds: signed and unsigned, of 64 and of the lower 32 bits. For the ranges law alone.
//
// A circular range (arc.h) is as good as a signed and an unsigned one, but where it crosses the borders of both or is
// empty: then `wraps` says so and the unsigned bounds hold its first and last number. So the same value is the same
// bytes whatever law made it, and all that do not care read eight bounds.
#pragma once

#include "verifier_sim/domain/tnum.h"

namespace bpfcheck::sim {

inline constexpr s64 S64_MIN = INT64_MIN, S64_MAX = INT64_MAX;
inline constexpr u64 U64_MAX = UINT64_MAX;
inline constexpr s32 S32_MIN = INT32_MIN, S32_MAX = INT32_MAX;
inline constexpr u32 U32_MAX = UINT32_MAX;

struct Bounds {
  Tnum var_off;
  s64 smin = 0, smax = 0;
  u64 umin = 0, umax = 0;
  s32 s32_min = 0, s32_max = 0;
  u32 u32_min = 0, u32_max = 0;
  u32 wraps = 0;
  bool operator==(const Bounds&) const = default;

  static constexpr u32 wraps64 = 1, wraps32 = 2;

  /// As eight bounds.
  Bounds view() const {
    Bounds b = *this;
    if (!wraps) return b;
    if (wraps & wraps64) b.umin = 0, b.umax = U64_MAX;
    if (wraps & wraps32) b.u32_min = 0, b.u32_max = U32_MAX;
    b.wraps = 0;
    return b;
  }

  bool is_const() const { return var_off.is_const(); }
  bool is_const(bool low) const { return low ? subreg_is_const() : is_const(); }
  u64 const_value(bool low) const { return low ? tnum_subreg(var_off).value : var_off.value; }
  bool subreg_is_const() const { return tnum_subreg(var_off).is_const(); }

  void set_known(u64 v);
  void set_known32(u64 v);
  void set_unbounded64();
  void set_unbounded32();
  void set_unbounded();
  void set_unknown();
  bool is_unknown() const;
  /// Some low bits of which nothing is known, zero above them, as a load leaves them; all ranges say so.
  bool is_low_bits() const;
};

}  // namespace bpfcheck::sim
