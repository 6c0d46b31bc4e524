// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ranges.h.
#include "verifier_sim/domain/ranges.h"

#include "verifier_sim/domain/circular_ranges.h"
#include "verifier_sim/domain/eight_bounds.h"
#include "verifier_sim/domain/one_constant.h"

namespace bpfcheck::sim {

std::unique_ptr<const Ranges> make_ranges(const RangeRules& rules) {
  switch (rules.era) {
    case RangeEra::one_constant:
      return std::make_unique<OneConstant>(rules);
    case RangeEra::circular:
      return std::make_unique<CircularRanges>(rules);
    default:
      return std::make_unique<EightBounds>(rules);
  }
}

std::optional<bool> Ranges::surviving_branch(const Scalar& a, const Scalar& b, u8 opcode, bool is_jmp32) const {
  auto dead = [&](u8 condition) {
    Scalar x = a, y = b;
    assume(x, y, condition, is_jmp32);
    return contradicts(x) || contradicts(y);
  };
  if (dead(rev_opcode(opcode))) return true;
  return dead(opcode) ? std::optional(false) : std::nullopt;
}

u8 flip_opcode(u8 opcode) {
  switch (opcode) {
    case bpf::JGE:
      return bpf::JLE;
    case bpf::JGT:
      return bpf::JLT;
    case bpf::JLE:
      return bpf::JGE;
    case bpf::JLT:
      return bpf::JGT;
    case bpf::JSGE:
      return bpf::JSLE;
    case bpf::JSGT:
      return bpf::JSLT;
    case bpf::JSLE:
      return bpf::JSGE;
    case bpf::JSLT:
      return bpf::JSGT;
    default:
      return opcode;
  }
}

u8 rev_opcode(u8 opcode) {
  switch (opcode) {
    case bpf::JEQ:
      return bpf::JNE;
    case bpf::JNE:
      return bpf::JEQ;
    case bpf::JSET:
      return bpf::JSET | bpf::X;
    case bpf::JSET | bpf::X:
      return bpf::JSET;
    case bpf::JGE:
      return bpf::JLT;
    case bpf::JGT:
      return bpf::JLE;
    case bpf::JLE:
      return bpf::JGT;
    case bpf::JLT:
      return bpf::JGE;
    case bpf::JSGE:
      return bpf::JSLT;
    case bpf::JSGT:
      return bpf::JSLE;
    case bpf::JSLE:
      return bpf::JSGT;
    case bpf::JSLT:
      return bpf::JSGE;
    default:
      return 0;
  }
}

}  // namespace bpfcheck::sim
