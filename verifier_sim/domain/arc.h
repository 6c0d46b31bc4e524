// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Circular ranges (struct cnum32, cnum64: include/linux/cnum.h, kernel/bpf/cnum_defs.h, 7.2). All numbers of a width
// stand on a circle, 0 next to the greatest; a range is an arc: where it begins and how many numbers follow. So one arc
// is a signed and an unsigned range at once, and one that crosses the border of either still is one range.
#pragma once

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/types.h"

namespace bpfcheck::sim {

template <class U>
struct Arc {
  using S = std::make_signed_t<U>;
  static constexpr U most = std::numeric_limits<U>::max();
  static constexpr S smost = std::numeric_limits<S>::max(), sleast = std::numeric_limits<S>::min();

  U base = 0;     ///< the first number
  U size = most;  ///< numbers that follow it
  bool operator==(const Arc&) const = default;

  static constexpr Arc all() { return {0, most}; }
  static constexpr Arc none() { return {most, most}; }
  static constexpr Arc of(U min, U max) { return {min, static_cast<U>(max - min)}; }
  static constexpr Arc of_signed(S min, S max) {
    const U n = static_cast<U>(max) - static_cast<U>(min);
    return {n == most ? U{0} : static_cast<U>(min), n};
  }

  constexpr U end() const { return base + size; }
  constexpr bool is_none() const { return *this == none(); }
  constexpr bool is_const() const { return size == 0; }
  /// From the greatest number on to 0.
  constexpr bool crosses_zero() const { return size > most - base; }
  constexpr bool crosses_sign() const { return contains(static_cast<U>(smost)) && contains(static_cast<U>(sleast)); }
  constexpr bool contains(U v) const {
    if (is_none()) return false;
    return crosses_zero() ? v >= base || v <= end() : v >= base && v <= end();
  }
  // An arc that crosses the border of a sign says nothing in it.
  constexpr U umin() const { return crosses_zero() ? 0 : base; }
  constexpr U umax() const { return crosses_zero() ? most : end(); }
  constexpr S smin() const { return crosses_sign() ? sleast : std::min(static_cast<S>(base), static_cast<S>(end())); }
  constexpr S smax() const { return crosses_sign() ? smost : std::max(static_cast<S>(base), static_cast<S>(end())); }

  /// Where two pieces would remain, the shorter of the two arcs.
  friend constexpr Arc intersect(Arc a, Arc b) {
    if (a.is_none() || b.is_none()) return none();
    if (a.base > b.base) std::swap(a, b);
    const U gap = b.base - a.base;  // where b begins, seen from a
    const Arc turned{gap, b.size};
    if (turned.crosses_zero()) {
      if (gap <= a.size) return a.size <= b.size ? a : b;
      return {a.base, std::min(a.size, turned.end())};
    }
    if (a.size < gap) return none();
    return {b.base, std::min(static_cast<U>(a.size - gap), b.size)};
  }
  friend constexpr Arc operator+(Arc a, Arc b) {
    if (a.is_none() || b.is_none()) return none();
    if (a.size > most - b.size) return all();
    return Arc{static_cast<U>(a.base + b.base), static_cast<U>(a.size + b.size)}.normal();
  }
  friend constexpr Arc operator-(Arc a) {
    if (a.is_none()) return none();
    return Arc{static_cast<U>(U{0} - a.end()), a.size}.normal();
  }
  /// All of `inner` lies in this.
  constexpr bool holds(Arc inner) const {
    if (inner.is_none()) return true;
    if (is_none()) return false;
    inner.base -= base;
    if (inner.crosses_zero() && size < most) return false;
    return inner.end() <= size;
  }

 private:
  constexpr Arc normal() const {
    const bool full = size == most && base != 0 && base != static_cast<U>(smost);
    return full ? all() : *this;
  }
};

/// The lower halves of an arc's numbers (cnum32_from_cnum64).
constexpr Arc<u32> low_half(Arc<u64> a) {
  if (a.is_none()) return Arc<u32>::none();
  if (a.size >= Arc<u32>::most) return Arc<u32>::all();
  return {static_cast<u32>(a.base), static_cast<u32>(a.size)};
}

/// The shortest arc of what is in `a` and has its lower half in `b` (cnum64_cnum32_intersect). `b` recurs every 2^32
/// numbers: both ends of `a` move inwards to its first and last occurrence.
constexpr Arc<u64> narrow_by_low(Arc<u64> a, Arc<u32> b) {
  if (a.is_none() || b.is_none()) return Arc<u64>::none();
  const Arc<u32> turned{b.base - static_cast<u32>(a.base), b.size};  // seen from a's base
  const auto last = static_cast<u32>(a.size);                        // lower half of a's end, seen likewise
  Arc<u64> narrowed = a;
  if (turned.crosses_zero()) {
    if (last > turned.end() && last < turned.base) narrowed.size -= last - turned.end();
    return narrowed;
  }
  if (a.size < turned.base) return Arc<u64>::none();
  narrowed.base += turned.base;
  narrowed.size -= turned.base;
  const u64 end = turned.end();
  u64 beyond = 0;
  if (last < turned.base)
    beyond = last + ((u64{1} << 32) - end);
  else if (last >= end)
    beyond = last - end;
  if (narrowed.size < beyond) return Arc<u64>::none();
  narrowed.size -= beyond;
  return narrowed;
}

}  // namespace bpfcheck::sim
