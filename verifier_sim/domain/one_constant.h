// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The ranges law to 6.7: bits and eight bounds, of which each width is settled for itself; a comparison tells something
// where one side is a constant, and which of both widths it is in decides what the other is made from afresh
// (kernel/bpf/verifier.c, 5.10, 5.15, 6.1, 6.6).
#pragma once

#include "verifier_sim/domain/eight_bounds.h"

namespace bpfcheck::sim {

class OneConstant final : public EightBounds {
 public:
  using EightBounds::EightBounds;

  std::optional<bool> compare(const Scalar& a, const Scalar& b, u8 opcode, bool is_jmp32) const override;
  void assume(Scalar& a, Scalar& b, u8 opcode, bool is_jmp32) const override;
  void truncate(Scalar& s, int size) const override;
  /// Contradictions are not looked for.
  const char* violation(const Scalar&) const override { return nullptr; }
};

}  // namespace bpfcheck::sim
