// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Deductions between bits and ranges of both widths and signs. See scalar.h.
#include "verifier_sim/domain/scalar.h"

#include <algorithm>

namespace bpfcheck::sim {
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
void deduce32_from(Scalar& s, u64 lo, u64 hi, bool is_signed) {
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

void deduce32_across(Scalar& s, u64 lo, u64 hi) {
  if (static_cast<u32>(lo >> 32) + 1 == static_cast<u32>(hi >> 32) && static_cast<s32>(lo) < 0 &&
      static_cast<s32>(hi) >= 0) {
    raise(s.s32_min, static_cast<s32>(lo));
    lower(s.s32_max, static_cast<s32>(hi));
  }
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

void deduce_mixed(Scalar& s) {
  raise(s.umin, (s.umin & high_half) | s.u32_min);
  lower(s.umax, (s.umax & high_half) | s.u32_max);
  raise(s.smin, static_cast<s64>((static_cast<u64>(s.smin) & high_half) | s.u32_min));
  lower(s.smax, static_cast<s64>((static_cast<u64>(s.smax) & high_half) | s.u32_max));
  if (s.s32_min >= 0 && s.smin >= S32_MIN && s.smax <= S32_MAX) {
    s.smin = s.s32_min;
    s.smax = s.s32_max;
    s.umin = static_cast<u64>(s.smin);
    s.umax = static_cast<u64>(s.smax);
    s.var_off = tnum_intersect(s.var_off, tnum_range(s.umin, s.umax));
  }
}

}  // namespace

void Scalar::set_known(u64 v) {
  var_off = tnum_const(v);
  smin = smax = static_cast<s64>(v);
  umin = umax = v;
  s32_min = s32_max = static_cast<s32>(v);
  u32_min = u32_max = static_cast<u32>(v);
}

void Scalar::set_known32(u64 v) {
  var_off = tnum_const_subreg(var_off, static_cast<u32>(v));
  s32_min = s32_max = static_cast<s32>(v);
  u32_min = u32_max = static_cast<u32>(v);
}

void Scalar::set_unbounded64() {
  smin = S64_MIN;
  smax = S64_MAX;
  umin = 0;
  umax = U64_MAX;
}

void Scalar::set_unbounded32() {
  s32_min = S32_MIN;
  s32_max = S32_MAX;
  u32_min = 0;
  u32_max = U32_MAX;
}

void Scalar::set_unbounded() {
  set_unbounded64();
  set_unbounded32();
}

void Scalar::set_unknown() {
  var_off = tnum_unknown;
  set_unbounded();
}

void Scalar::assign_32_into_64() {
  umin = u32_min;
  umax = u32_max;
  const bool non_negative = s32_min >= 0 && s32_max >= 0;
  smin = non_negative ? s32_min : 0;
  smax = non_negative ? s32_max : static_cast<s64>(U32_MAX);
}

void Scalar::zext_32_to_64() {
  var_off = tnum_subreg(var_off);
  assign_32_into_64();
}

void Scalar::update_bounds32() {
  const auto value = static_cast<u32>(var_off.value), mask = static_cast<u32>(var_off.mask);
  raise(s32_min, static_cast<s32>(value | (mask & 0x80000000u)));
  lower(s32_max, static_cast<s32>(value | (mask & 0x7fffffffu)));
  raise(u32_min, value);
  lower(u32_max, value | mask);
}

void Scalar::update_bounds64(RangeRules rules) {
  constexpr u64 sign = u64{1} << 63;
  raise(smin, static_cast<s64>(var_off.value | (var_off.mask & sign)));
  lower(smax, static_cast<s64>(var_off.value | (var_off.mask & ~sign)));
  raise(umin, var_off.value);
  lower(umax, var_off.value | var_off.mask);
  if (!rules.lone_member) return;
  // Where only one member of the tracked number lies in the range, it is the value.
  const u64 next = tnum_step(var_off, umin), greatest = var_off.value | var_off.mask;
  const bool umin_is_member = (umin & ~var_off.mask) == var_off.value;
  if (umin_is_member && next > umax)
    set_known(umin);
  else if (!umin_is_member && next == greatest)
    set_known(greatest);
  else if (!umin_is_member && next <= umax && tnum_step(var_off, next) > umax)
    set_known(next);
}

void Scalar::update_bounds(RangeRules rules) {
  update_bounds32();
  update_bounds64(rules);
}

void Scalar::deduce_bounds(RangeRules rules) {
  deduce32_from(*this, umin, umax, false);
  deduce32_from(*this, static_cast<u64>(smin), static_cast<u64>(smax), true);
  deduce32_across(*this, umin, umax);
  deduce32_across(*this, static_cast<u64>(smin), static_cast<u64>(smax));
  exchange_signs(s32_min, s32_max, u32_min, u32_max, rules.signs_exchanged32);
  exchange_signs(smin, smax, umin, umax, true);
  deduce_mixed(*this);
}

void Scalar::bound_offset() {
  const Tnum wide = tnum_intersect(var_off, tnum_range(umin, umax));
  const Tnum narrow = tnum_intersect(tnum_subreg(wide), tnum_range(u32_min, u32_max));
  var_off = tnum_or(tnum_clear_subreg(wide), narrow);
}

bool Scalar::is_low_bits() const {
  const u64 mask = var_off.mask;
  const auto mask32 = static_cast<u32>(mask);
  return var_off.value == 0 && (mask & (mask + 1)) == 0 && umin == 0 && umax == mask && smin == 0 &&
         smax == static_cast<s64>(mask) && u32_min == 0 && u32_max == mask32 &&
         s32_min == (static_cast<s32>(mask32) < 0 ? S32_MIN : 0) &&
         s32_max == (static_cast<s32>(mask32) < 0 ? S32_MAX : static_cast<s32>(mask32));
}

/// A known value within its ranges, a wholly unknown one and some unknown low bits are what the deductions lead to:
/// most are one of these.
void Scalar::sync(RangeRules rules) {
  if (var_off.is_const()) {
    const u64 v = var_off.value;
    const auto v32 = static_cast<u32>(v);
    if (umin <= v && v <= umax && smin <= static_cast<s64>(v) && static_cast<s64>(v) <= smax && u32_min <= v32 &&
        v32 <= u32_max && s32_min <= static_cast<s32>(v32) && static_cast<s32>(v32) <= s32_max) {
      set_known(v);
      return;
    }
  } else if (var_off == tnum_unknown && umin == 0 && umax == U64_MAX && smin == S64_MIN && smax == S64_MAX &&
             u32_min == 0 && u32_max == U32_MAX && s32_min == S32_MIN && s32_max == S32_MAX) {
    return;
  } else if (is_low_bits()) {
    return;
  }
  update_bounds(rules);
  for (int i = 0; i < 3; i++) {
    const Scalar before = *this;
    deduce_bounds(rules);
    if (*this == before) break;
  }
  bound_offset();
  update_bounds(rules);
}

const char* Scalar::violation() const {
  if (umin > umax || smin > smax || u32_min > u32_max || s32_min > s32_max) return "range bounds violation";
  if (var_off.is_const()) {
    const u64 v = var_off.value;
    if (umin != v || umax != v || smin != static_cast<s64>(v) || smax != static_cast<s64>(v))
      return "const tnum out of sync with range bounds";
  }
  if (subreg_is_const()) {
    const auto v = static_cast<u32>(var_off.value);
    if (u32_min != v || u32_max != v || s32_min != static_cast<s32>(v) || s32_max != static_cast<s32>(v))
      return "const subreg tnum out of sync with range bounds";
  }
  return nullptr;
}

}  // namespace bpfcheck::sim
