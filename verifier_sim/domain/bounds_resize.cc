// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Cutting and sign-extending (coerce_reg_to_size*: kernel/bpf/verifier.c, 6.18).
#include <algorithm>

#include "verifier_sim/domain/bounds_ops.h"

namespace bpfcheck::sim::eight {
namespace {

s64 sign_extended(u64 v, int size) {
  switch (size) {
    case 1:
      return static_cast<s8>(v);
    case 2:
      return static_cast<s16>(v);
    default:
      return static_cast<s32>(v);
  }
}

}  // namespace

void cut(Bounds& s, int size) {
  s.var_off = tnum_cast(s.var_off, static_cast<u8>(size));
  const u64 mask = (u64{1} << (size * 8)) - 1;
  if ((s.umin & ~mask) == (s.umax & ~mask)) {
    s.umin &= mask;
    s.umax &= mask;
  } else {
    s.umin = 0;
    s.umax = mask;
  }
  s.smin = static_cast<s64>(s.umin);
  s.smax = static_cast<s64>(s.umax);
}

void truncate(Bounds& s, int size, const RangeRules& rules) {
  cut(s, size);
  if (size < 4) s.set_unbounded32();
  if (size < 4 || rules.truncation_settled) settle(s, rules);
}

void sign_extend(Bounds& s, int size, const RangeRules& rules) {
  const int bits = size * 8;
  if (s.is_const()) return s.set_known(static_cast<u64>(sign_extended(s.var_off.value, size)));
  if ((static_cast<u64>(s.smax) >> bits) == (static_cast<u64>(s.smin) >> bits)) {
    const s64 a = sign_extended(static_cast<u64>(s.smax), size), b = sign_extended(static_cast<u64>(s.smin), size);
    const s64 hi = std::max(a, b), lo = std::min(a, b);
    if ((hi >= 0) == (lo >= 0)) {
      s.smin = lo, s.smax = hi;
      s.s32_min = static_cast<s32>(lo), s.s32_max = static_cast<s32>(hi);
      s.u32_min = static_cast<u32>(lo), s.u32_max = static_cast<u32>(hi);
      s.umin = rules.extension_whole ? static_cast<u64>(lo) : s.u32_min;
      s.umax = rules.extension_whole ? static_cast<u64>(hi) : s.u32_max;
      s.var_off = tnum_range(static_cast<u64>(lo), static_cast<u64>(hi));
      return;
    }
  }
  const s64 lo = -(s64{1} << (bits - 1)), hi = (s64{1} << (bits - 1)) - 1;
  s.set_unknown();
  s.smin = lo, s.smax = hi;
  s.s32_min = static_cast<s32>(lo), s.s32_max = static_cast<s32>(hi);
}

void sign_extend32(Bounds& s, int size, const RangeRules& rules) {
  const int bits = size * 8;
  if (s.is_const()) {
    s.var_off = tnum_const(static_cast<u64>(sign_extended(s.var_off.value, size)));
    const auto v = static_cast<u32>(s.var_off.value);
    s.s32_min = s.s32_max = static_cast<s32>(v);
    s.u32_min = s.u32_max = v;
    return;
  }
  if ((static_cast<u32>(s.s32_max) >> bits) == (static_cast<u32>(s.s32_min) >> bits)) {
    const auto a = static_cast<s32>(sign_extended(static_cast<u32>(s.s32_max), size)),
               b = static_cast<s32>(sign_extended(static_cast<u32>(s.s32_min), size));
    const s32 hi = std::max(a, b), lo = std::min(a, b);
    if ((lo >= 0) == (hi >= 0)) {
      s.s32_min = lo, s.s32_max = hi;
      s.u32_min = static_cast<u32>(lo), s.u32_max = static_cast<u32>(hi);
      if (rules.extension_bits)
        s.var_off =
            tnum_subreg(tnum_range(static_cast<u64>(static_cast<s64>(lo)), static_cast<u64>(static_cast<s64>(hi))));
      return;
    }
  }
  s.s32_min = -(1 << (bits - 1)), s.s32_max = (1 << (bits - 1)) - 1;
  s.u32_min = 0, s.u32_max = U32_MAX;
  if (rules.extension_bits) s.var_off = tnum_subreg(tnum_unknown);
}

}  // namespace bpfcheck::sim::eight
