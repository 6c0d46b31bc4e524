// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The ranges law since 7.2: bits and two arcs (kernel/bpf/verifier.c, 7.2). See arc.h.
#pragma once

#include "verifier_sim/domain/eight_bounds.h"

namespace bpfcheck::sim {

/// Which operations are followed and what comparisons tell is as with eight bounds, of which arcs give a view.
class CircularRanges final : public EightBounds {
 public:
  using EightBounds::EightBounds;

  void settle(Scalar& s) const override;
  void apply(const Insn& insn, Scalar& dst, const Scalar& src) const override;
  void add(Scalar& dst, const Scalar& src) const override;
  void displace(Scalar& dst, const Scalar& ptr, const Scalar& off, bool subtract) const override;
  void assume(Scalar& a, Scalar& b, u8 opcode, bool is_jmp32) const override;
  void confine(Scalar& s, s32 min, s32 max) const override;
  void truncate(Scalar& s, int size) const override;
  void sign_extend(Scalar& s, int size) const override;
  void sign_extend32(Scalar& s, int size) const override;
  void zero_extend(Scalar& s) const override;
  bool covers(const Scalar& old, const Scalar& cur) const override;
  const char* violation(const Scalar& s) const override;

 private:
  bool contradicts(const Scalar& s) const override;
};

}  // namespace bpfcheck::sim
