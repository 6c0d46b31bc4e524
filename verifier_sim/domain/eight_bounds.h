// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The ranges law of 6.8 to 7.1: bits and eight bounds, each of which narrows the others after every step; comparisons
// tell something about both sides (kernel/bpf/verifier.c, 6.8, 6.12, 6.18).
#pragma once

#include "verifier_sim/domain/bounds_ops.h"
#include "verifier_sim/domain/ranges.h"

namespace bpfcheck::sim {

class EightBounds : public Ranges {
 public:
  explicit EightBounds(const RangeRules& rules) : rules_(rules) {}

  void settle(Scalar& s) const override { eight::settle(bounds(s), rules_); }
  Followed follows(const Insn& insn, const Scalar& src) const override;
  void apply(const Insn& insn, Scalar& dst, const Scalar& src) const override;
  void add(Scalar& dst, const Scalar& src) const override { eight::add(bounds(dst), bounds(src), rules_); }
  void displace(Scalar& dst, const Scalar& ptr, const Scalar& off, bool subtract) const override {
    eight::displace(bounds(dst), bounds(ptr), bounds(off), subtract);
  }
  std::optional<bool> compare(const Scalar& a, const Scalar& b, u8 opcode, bool is_jmp32) const override;
  void assume(Scalar& a, Scalar& b, u8 opcode, bool is_jmp32) const override;
  void confine(Scalar& s, s32 min, s32 max) const override;
  void truncate(Scalar& s, int size) const override { eight::truncate(bounds(s), size, rules_); }
  void sign_extend(Scalar& s, int size) const override { eight::sign_extend(bounds(s), size, rules_); }
  void sign_extend32(Scalar& s, int size) const override { eight::sign_extend32(bounds(s), size, rules_); }
  void zero_extend(Scalar& s) const override { eight::zero_extend(bounds(s)); }
  bool covers(const Scalar& old, const Scalar& cur) const override;
  const char* violation(const Scalar& s) const override { return eight::violation(bounds(s)); }

 protected:
  /// Where branches are tried, one that is decided before is not: a bit test of what is not known settles nothing.
  bool left_alone(const Scalar& a, const Scalar& b, u8 opcode, bool is_jmp32) const;
  bool contradicts(const Scalar& s) const override { return eight::contradicts(bounds(s)); }

  const RangeRules rules_;
};

}  // namespace bpfcheck::sim
