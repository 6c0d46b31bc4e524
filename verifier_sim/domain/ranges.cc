// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The siblings of the ranges law. See ranges.h.
#include "verifier_sim/domain/ranges.h"

#include <algorithm>

#include "verifier_sim/domain/bounds_ops.h"

namespace bpfcheck::sim {
namespace {

/// 6.8 to 7.1, and what its stable branches took since.
class EightBounds final : public Ranges {
 public:
  explicit EightBounds(const RangeRules& rules) : rules_(rules) {}

  void settle(Scalar& s) const override { eight::settle(bounds(s), rules_); }
  bool computes(const Insn& insn, const Scalar& src) const override;
  void apply(const Insn& insn, Scalar& dst, const Scalar& src) const override;
  void add(Scalar& dst, const Scalar& src) const override { eight::add(bounds(dst), bounds(src)); }
  void displace(Scalar& dst, const Scalar& ptr, const Scalar& off, bool subtract) const override {
    eight::displace(bounds(dst), bounds(ptr), bounds(off), subtract);
  }
  int compare(const Scalar& a, const Scalar& b, u8 opcode, bool is_jmp32) const override {
    return eight::branch_taken(bounds(a), bounds(b), opcode, is_jmp32);
  }
  void assume(Scalar& a, Scalar& b, u8 opcode, bool is_jmp32) const override {
    eight::refine_by_condition(bounds(a), bounds(b), opcode, is_jmp32);
    settle(a);
    settle(b);
  }
  void confine(Scalar& s, s32 min, s32 max) const override;
  void truncate(Scalar& s, int size) const override { eight::truncate(bounds(s), size, rules_); }
  void sign_extend(Scalar& s, int size) const override { eight::sign_extend(bounds(s), size); }
  void sign_extend32(Scalar& s, int size) const override { eight::sign_extend32(bounds(s), size); }
  void zero_extend(Scalar& s) const override { eight::zero_extend(bounds(s)); }
  bool covers(const Scalar& old, const Scalar& cur) const override;
  const char* violation(const Scalar& s) const override { return eight::violation(bounds(s)); }

 private:
  RangeRules rules_;
};

bool EightBounds::computes(const Insn& i, const Scalar& src) const {
  const bool wide = i.cls() == bpf::ALU64;
  const Bounds& b = bounds(src);
  const bool src_const = wide ? b.is_const() && b.smin == b.smax && b.umin == b.umax
                              : b.subreg_is_const() && b.s32_min == b.s32_max && b.u32_min == b.u32_max;
  switch (i.op()) {
    case bpf::ADD:
    case bpf::SUB:
    case bpf::NEG:
    case bpf::AND:
    case bpf::XOR:
    case bpf::OR:
    case bpf::MUL:
      return true;
    case bpf::END:
      return rules_.byte_swapped_bits;
    case bpf::LSH:
    case bpf::RSH:
    case bpf::ARSH:
      return src_const && b.umax < (wide ? 64u : 32u);
    default:
      return false;
  }
}

void EightBounds::apply(const Insn& insn, Scalar& d, const Scalar& s) const {
  Bounds& dst = bounds(d);
  const Bounds& src = bounds(s);
  const bool narrow = insn.cls() != bpf::ALU64;
  switch (insn.op()) {
    case bpf::ADD:
      eight::add(dst, src);
      break;
    case bpf::SUB:
      eight::sub(dst, src);
      break;
    case bpf::NEG:
      eight::neg(dst, src);
      break;
    case bpf::MUL:
      eight::mul(dst, src);
      break;
    case bpf::AND:
      eight::bit_and(dst, src, rules_);
      break;
    case bpf::OR:
      eight::bit_or(dst, src, rules_);
      break;
    case bpf::XOR:
      eight::bit_xor(dst, src, rules_);
      break;
    case bpf::LSH:
      narrow ? eight::lsh32(dst, src) : eight::lsh64(dst, src, rules_);
      break;
    case bpf::RSH:
      narrow ? eight::rsh32(dst, src) : eight::rsh64(dst, src, rules_);
      break;
    case bpf::ARSH:
      narrow ? eight::arsh32(dst, src) : eight::arsh64(dst, src, rules_);
      break;
    case bpf::END:
      eight::byte_swap(dst, insn, rules_);
      break;
    default:
      break;
  }
  if (narrow && insn.op() != bpf::END) eight::zero_extend(dst);
  settle(d);
}

void EightBounds::confine(Scalar& s, s32 min, s32 max) const {
  Bounds& b = bounds(s);
  b.s32_min = std::max(b.s32_min, min);
  b.s32_max = std::min(b.s32_max, max);
  b.smin = std::max<s64>(b.smin, min);
  b.smax = std::min<s64>(b.smax, max);
  settle(s);
}

bool EightBounds::covers(const Scalar& old_value, const Scalar& cur_value) const {
  const Bounds &old = bounds(old_value), &cur = bounds(cur_value);
  return old.umin <= cur.umin && old.umax >= cur.umax && old.smin <= cur.smin && old.smax >= cur.smax &&
         old.u32_min <= cur.u32_min && old.u32_max >= cur.u32_max && old.s32_min <= cur.s32_min &&
         old.s32_max >= cur.s32_max && tnum_in(old.var_off, cur.var_off);
}

}  // namespace

std::unique_ptr<const Ranges> make_ranges(const RangeRules& rules) { return std::make_unique<EightBounds>(rules); }

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
