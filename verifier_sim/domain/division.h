// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Bounds of a quotient or remainder by a constant (scalar_min_max_udiv, _sdiv, _umod, _smod:
// kernel/bpf/verifier.c, 7.2). A bound of the result follows from those of the dividend of the same sign; all else is
// forgotten.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/types.h"

namespace bpfcheck::sim {

/// Bounds of one width and sign.
template <class T>
struct Extent {
  T min, max;
  bool operator==(const Extent&) const = default;
};

template <class U>
Extent<U> quotient(Extent<U> x, U by)
  requires std::is_unsigned_v<U>
{
  return {x.min / by, x.max / by};
}

/// The least number by -1 is itself (the instruction set's rule), which parts the result in two.
template <class S>
Extent<S> quotient(Extent<S> x, S by)
  requires std::is_signed_v<S>
{
  constexpr S least = std::numeric_limits<S>::min();
  if (x.min == least && by == -1) return {least, x.max == least ? least : std::numeric_limits<S>::max()};
  const S a = x.min / by, b = x.max / by;
  return {std::min(a, b), std::max(a, b)};
}

/// Nothing: the dividend is its own remainder.
template <class U>
std::optional<Extent<U>> remainder(Extent<U> x, U by)
  requires std::is_unsigned_v<U>
{
  const U most = by - 1;
  if (x.max <= most) return {};
  return Extent<U>{0, std::min(x.max, most)};
}

/// It has the dividend's sign.
template <class S>
std::optional<Extent<S>> remainder(Extent<S> x, S by)
  requires std::is_signed_v<S>
{
  using U = std::make_unsigned_t<S>;
  const auto most = static_cast<S>((by > 0 ? static_cast<U>(by) : U{0} - static_cast<U>(by)) - 1);
  if (x.min >= -most && x.max <= most) return {};
  if (x.min >= 0) return Extent<S>{0, std::min(x.max, most)};
  if (x.max <= 0) return Extent<S>{std::max(x.min, static_cast<S>(-most)), 0};
  return Extent<S>{static_cast<S>(-most), most};
}

}  // namespace bpfcheck::sim
