// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Scalars and instructions for tests of the ranges law.
#pragma once

#include "base/insn.h"
#include "verifier_sim/domain/scalar.h"

namespace bpfcheck::tests {

/// What is known of a value holds this one.
inline bool holds(const sim::Scalar& s, u64 v) {
  const auto low = static_cast<u32>(v);
  return (v & ~s.var_off().mask) == s.var_off().value && v >= s.umin() && v <= s.umax() &&
         static_cast<s64>(v) >= s.smin() && static_cast<s64>(v) <= s.smax() && low >= s.u32_min() &&
         low <= s.u32_max() && static_cast<s32>(low) >= s.s32_min() && static_cast<s32>(low) <= s.s32_max();
}

/// A 64-bit operation on two registers.
inline Insn alu64(u8 op) { return {.code = static_cast<u8>(bpf::ALU64 | bpf::X | op)}; }

inline sim::Scalar known(u64 v) {
  sim::Scalar s;
  s.set_known(v);
  return s;
}
inline sim::Scalar unknown() {
  sim::Scalar s;
  s.set_unknown();
  return s;
}

}  // namespace bpfcheck::tests
