// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See bounds.h.
#include "verifier_sim/domain/bounds.h"

namespace bpfcheck::sim {

void Bounds::set_known(u64 v) {
  var_off = tnum_const(v);
  smin = smax = static_cast<s64>(v);
  umin = umax = v;
  s32_min = s32_max = static_cast<s32>(v);
  u32_min = u32_max = static_cast<u32>(v);
  wraps = 0;
}

void Bounds::set_known32(u64 v) {
  var_off = tnum_const_subreg(var_off, static_cast<u32>(v));
  s32_min = s32_max = static_cast<s32>(v);
  u32_min = u32_max = static_cast<u32>(v);
  wraps &= wraps64;
}

void Bounds::set_unbounded64() {
  smin = S64_MIN;
  smax = S64_MAX;
  umin = 0;
  umax = U64_MAX;
  wraps &= wraps32;
}

void Bounds::set_unbounded32() {
  s32_min = S32_MIN;
  s32_max = S32_MAX;
  u32_min = 0;
  u32_max = U32_MAX;
  wraps &= wraps64;
}

void Bounds::set_unbounded() {
  set_unbounded64();
  set_unbounded32();
}

void Bounds::set_unknown() {
  var_off = tnum_unknown;
  set_unbounded();
}

bool Bounds::is_unknown() const {
  return wraps == 0 && var_off == tnum_unknown && umin == 0 && umax == U64_MAX && smin == S64_MIN && smax == S64_MAX &&
         u32_min == 0 && u32_max == U32_MAX && s32_min == S32_MIN && s32_max == S32_MAX;
}

bool Bounds::is_low_bits() const {
  const u64 mask = var_off.mask;
  const auto mask32 = static_cast<u32>(mask);
  return wraps == 0 && var_off.value == 0 && (mask & (mask + 1)) == 0 && umin == 0 && umax == mask && smin == 0 &&
         smax == static_cast<s64>(mask) && u32_min == 0 && u32_max == mask32 &&
         s32_min == (static_cast<s32>(mask32) < 0 ? S32_MIN : 0) &&
         s32_max == (static_cast<s32>(mask32) < 0 ? S32_MAX : static_cast<s32>(mask32));
}

}  // namespace bpfcheck::sim
