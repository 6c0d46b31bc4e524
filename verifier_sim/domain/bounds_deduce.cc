// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Deductions between bits and ranges of both widths and signs. See bounds_ops.h.
#include <algorithm>

#include "verifier_sim/domain/bounds_ops.h"

namespace bpfcheck::sim::eight {
namespace {

constexpr u64 high_half = 0xffffffff00000000ull;

template <class T>
void raise(T& bound, T to) {
  bound = std::max(bound, to);
}
template <class T>
void lower(T& bound, T to) {
  bound = std::min(bound, to);
}

/// 32-bit ranges from a 64-bit one whose ends share their upper half, or cross exactly one boundary at the sign.
void deduce32_from(Bounds& s, u64 lo, u64 hi, bool is_signed) {
  if ((lo >> 32) == (hi >> 32)) {
    const u32 l = static_cast<u32>(lo), h = static_cast<u32>(hi);
    if (!is_signed || l <= h) {
      raise(s.u32_min, l);
      lower(s.u32_max, h);
    }
    if (static_cast<s32>(l) <= static_cast<s32>(h)) {
      raise(s.s32_min, static_cast<s32>(l));
      lower(s.s32_max, static_cast<s32>(h));
    }
  }
}

void deduce32_across(Bounds& s, u64 lo, u64 hi) {
  if (static_cast<u32>(lo >> 32) + 1 == static_cast<u32>(hi >> 32) && static_cast<s32>(lo) < 0 &&
      static_cast<s32>(hi) >= 0) {
    raise(s.s32_min, static_cast<s32>(lo));
    lower(s.s32_max, static_cast<s32>(hi));
  }
}

void deduce32(Bounds& s) {
  deduce32_from(s, s.umin, s.umax, false);
  deduce32_from(s, static_cast<u64>(s.smin), static_cast<u64>(s.smax), true);
  deduce32_across(s, s.umin, s.umax);
  deduce32_across(s, static_cast<u64>(s.smin), static_cast<u64>(s.smax));
}

/// Signed and unsigned ranges of one width: where one does not cross the other's border, each narrows the other; where
/// they overlap in one piece only, that piece remains (`across`).
template <class S, class U>
void exchange_signs(S& smin, S& smax, U& umin, U& umax, bool across) {
  if (static_cast<S>(umin) <= static_cast<S>(umax)) {
    raise(smin, static_cast<S>(umin));
    lower(smax, static_cast<S>(umax));
  }
  if (static_cast<U>(smin) <= static_cast<U>(smax)) {
    raise(umin, static_cast<U>(smin));
    lower(umax, static_cast<U>(smax));
  } else if (!across) {
    return;
  } else if (umax < static_cast<U>(smin)) {
    smin = static_cast<S>(umin);
    lower(umax, static_cast<U>(smax));
  } else if (static_cast<U>(smax) < umin) {
    smax = static_cast<S>(umax);
    raise(umin, static_cast<U>(smin));
  }
}

/// The lower half's bounds replace that of 64-bit bounds.
void narrow_by_low(Bounds& s, u32 least, u32 greatest) {
  raise(s.umin, (s.umin & high_half) | least);
  lower(s.umax, (s.umax & high_half) | greatest);
  raise(s.smin, static_cast<s64>((static_cast<u64>(s.smin) & high_half) | least));
  lower(s.smax, static_cast<s64>((static_cast<u64>(s.smax) & high_half) | greatest));
}

void deduce_mixed(Bounds& s, const RangeRules& rules) {
  narrow_by_low(s, s.u32_min, s.u32_max);
  const auto low = static_cast<u32>(s.s32_min), high = static_cast<u32>(s.s32_max);
  if (rules.mixed_signed && low <= high) narrow_by_low(s, low, high);
  if (rules.small_signed && s.s32_min >= 0 && s.smin >= S32_MIN && s.smax <= S32_MAX) {
    s.smin = s.s32_min;
    s.smax = s.s32_max;
    s.umin = static_cast<u64>(s.smin);
    s.umax = static_cast<u64>(s.smax);
    s.var_off = tnum_intersect(s.var_off, tnum_range(s.umin, s.umax));
  }
}

/// To 6.7, one width alone: where the sign is known, signed and unsigned bounds are the same.
template <class S, class U>
void unite_signs(S& smin, S& smax, U& umin, U& umax) {
  const bool low = static_cast<S>(umax) >= 0, high = static_cast<S>(umin) < 0;
  if (smin >= 0 || smax < 0) {
    umin = std::max(static_cast<U>(smin), umin);
    umax = std::min(static_cast<U>(smax), umax);
  } else if (low) {
    umax = std::min(static_cast<U>(smax), umax);
  } else if (high) {
    umin = std::max(static_cast<U>(smin), umin);
  } else {
    return;
  }
  smin = static_cast<S>(umin);
  smax = static_cast<S>(umax);
}

/// Most values are one of these, of which the deductions would make nothing else.
bool is_settled(Bounds& s) {
  if (s.is_const()) {
    const u64 v = s.var_off.value;
    const auto v32 = static_cast<u32>(v);
    const bool within = s.umin <= v && v <= s.umax && s.smin <= static_cast<s64>(v) && static_cast<s64>(v) <= s.smax &&
                        s.u32_min <= v32 && v32 <= s.u32_max && s.s32_min <= static_cast<s32>(v32) &&
                        static_cast<s32>(v32) <= s.s32_max;
    if (within) s.set_known(v);
    return within;
  }
  return s.is_unknown() || s.is_low_bits();
}

}  // namespace

void zero_extend(Bounds& s) {
  s.var_off = tnum_subreg(s.var_off);
  s.umin = s.u32_min;
  s.umax = s.u32_max;
  const bool non_negative = s.s32_min >= 0 && s.s32_max >= 0;
  s.smin = non_negative ? s.s32_min : 0;
  s.smax = non_negative ? s.s32_max : static_cast<s64>(U32_MAX);
}

void update_bounds32(Bounds& s) {
  const auto value = static_cast<u32>(s.var_off.value), mask = static_cast<u32>(s.var_off.mask);
  raise(s.s32_min, static_cast<s32>(value | (mask & 0x80000000u)));
  lower(s.s32_max, static_cast<s32>(value | (mask & 0x7fffffffu)));
  raise(s.u32_min, value);
  lower(s.u32_max, value | mask);
}

void update_bounds64(Bounds& s, const RangeRules& rules) {
  constexpr u64 sign = u64{1} << 63;
  raise(s.smin, static_cast<s64>(s.var_off.value | (s.var_off.mask & sign)));
  lower(s.smax, static_cast<s64>(s.var_off.value | (s.var_off.mask & ~sign)));
  raise(s.umin, s.var_off.value);
  lower(s.umax, s.var_off.value | s.var_off.mask);
  if (!rules.lone_member) return;
  // Where only one member of the tracked number lies in the range, it is the value.
  const u64 next = tnum_step(s.var_off, s.umin), greatest = s.var_off.value | s.var_off.mask;
  const bool umin_is_member = (s.umin & ~s.var_off.mask) == s.var_off.value;
  if (umin_is_member && next > s.umax)
    s.set_known(s.umin);
  else if (!umin_is_member && next == greatest)
    s.set_known(greatest);
  else if (!umin_is_member && next <= s.umax && tnum_step(s.var_off, next) > s.umax)
    s.set_known(next);
}

void update_bounds(Bounds& s, const RangeRules& rules) {
  update_bounds32(s);
  update_bounds64(s, rules);
}

void deduce_bounds(Bounds& s, const RangeRules& rules) {
  if (rules.era == RangeEra::one_constant) {
    unite_signs(s.s32_min, s.s32_max, s.u32_min, s.u32_max);
    unite_signs(s.smin, s.smax, s.umin, s.umax);
    return;
  }
  if (!rules.signs_before_widths) deduce32(s);
  exchange_signs(s.s32_min, s.s32_max, s.u32_min, s.u32_max, rules.signs_exchanged32);
  exchange_signs(s.smin, s.smax, s.umin, s.umax, rules.sign_crossed64);
  if (rules.signs_before_widths) deduce32(s);
  deduce_mixed(s, rules);
}

void bound_offset(Bounds& s, const RangeRules& rules) {
  const Tnum wide = tnum_intersect(s.var_off, tnum_range(s.umin, s.umax));
  const Tnum narrow =
      tnum_intersect(tnum_subreg(rules.narrowed_low_bits ? wide : s.var_off), tnum_range(s.u32_min, s.u32_max));
  s.var_off = tnum_or(tnum_clear_subreg(wide), narrow);
}

/// Works on numbers of its own, which the compiler can keep in registers all the way.
[[gnu::flatten]] void settle(Bounds& value, const RangeRules& rules) {
  if (is_settled(value)) return;
  Bounds s = value;
  update_bounds(s, rules);
  const bool once = rules.era == RangeEra::one_constant, thrice = rules.third_deduction && !rules.signs_before_widths;
  const int rounds = once ? 1 : thrice ? 3 : 2;
  for (int round = 1;; round++) {
    const Bounds before = s;
    deduce_bounds(s, rules);
    if (round == rounds || s == before) break;
  }
  bound_offset(s, rules);
  update_bounds(s, rules);
  value = s;
}

bool contradicts(const Bounds& s) {
  return s.umin > s.umax || s.smin > s.smax || s.u32_min > s.u32_max || s.s32_min > s.s32_max;
}

const char* violation(const Bounds& s) {
  if (contradicts(s)) return "range bounds violation";
  if (s.var_off.is_const()) {
    const u64 v = s.var_off.value;
    if (s.umin != v || s.umax != v || s.smin != static_cast<s64>(v) || s.smax != static_cast<s64>(v))
      return "const tnum out of sync with range bounds";
  }
  if (s.subreg_is_const()) {
    const auto v = static_cast<u32>(s.var_off.value);
    if (s.u32_min != v || s.u32_max != v || s.s32_min != static_cast<s32>(v) || s.s32_max != static_cast<s32>(v))
      return "const subreg tnum out of sync with range bounds";
  }
  return nullptr;
}

}  // namespace bpfcheck::sim::eight
