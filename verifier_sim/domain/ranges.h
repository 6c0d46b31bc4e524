// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The ranges law: what a kernel's verifier concludes about a value from arithmetic, comparisons and conversions. One
// sibling an era behind one interface, chosen once per verification.
#pragma once

#include <memory>
#include <optional>

#include "base/insn.h"
#include "verifier_sim/domain/range_rules.h"
#include "verifier_sim/domain/scalar.h"

namespace bpfcheck::sim {

/// What becomes of a destination: its bits and bounds are computed; it is unknown; or unknown in its lower half, zero
/// above.
enum class Followed : u8 { Yes, No, LowHalf };

/// Values are sound: whatever a program may compute, the result's bits and bounds hold it. Operations settle what they
/// return unless they say otherwise.
class Ranges {
 public:
  virtual ~Ranges() = default;

  /// All that bits and bounds tell of each other is drawn in (reg_bounds_sync).
  virtual void settle(Scalar& s) const = 0;
  /// Whether apply() takes this operation with this operand (is_safe_to_compute_dst_reg_range).
  virtual Followed follows(const Insn& insn, const Scalar& src) const = 0;
  /// dst = dst <op> src, or <op> src, of an arithmetic instruction that is followed; `src` is not dst itself
  /// (adjust_scalar_min_max_vals).
  virtual void apply(const Insn& insn, Scalar& dst, const Scalar& src) const = 0;
  /// dst + src, both widths, not settled.
  virtual void add(Scalar& dst, const Scalar& src) const = 0;
  /// dst = ptr + off, or ptr - off: a pointer's offset, of which only 64 bits are followed. Not settled
  /// (adjust_ptr_min_max_vals).
  virtual void displace(Scalar& dst, const Scalar& ptr, const Scalar& off, bool subtract) const = 0;

  /// Whether `a opcode b` holds; nothing where either is possible (is_scalar_branch_taken).
  virtual std::optional<bool> compare(const Scalar& a, const Scalar& b, u8 opcode, bool is_jmp32) const = 0;
  /// Narrows both sides knowing that `a opcode b` holds (regs_refine_cond_op). BPF_JSET|BPF_X: no bit is set.
  virtual void assume(Scalar& a, Scalar& b, u8 opcode, bool is_jmp32) const = 0;
  /// Narrows to [min, max] in both widths.
  virtual void confine(Scalar& s, s32 min, s32 max) const = 0;

  /// The lower `size` bytes remain (coerce_reg_to_size); sizes are 1, 2 and 4.
  virtual void truncate(Scalar& s, int size) const = 0;
  /// The lower `size` bytes extended by their sign to 64 bits, or to 32 (coerce_reg_to_size_sx,
  /// coerce_subreg_to_size_sx). Not settled.
  virtual void sign_extend(Scalar& s, int size) const = 0;
  virtual void sign_extend32(Scalar& s, int size) const = 0;
  /// The upper half is cleared (zext_32_to_64). Not settled.
  virtual void zero_extend(Scalar& s) const = 0;

  /// What is in `cur` is in `old` (range_within and tnum_in).
  virtual bool covers(const Scalar& old, const Scalar& cur) const = 0;
  /// Which relation between bits and bounds fails, in the kernel's words; nullptr where all hold
  /// (reg_bounds_sanity_check).
  virtual const char* violation(const Scalar& s) const = 0;

 protected:
  static Bounds& bounds(Scalar& s) { return s.b_; }
  static const Bounds& bounds(const Scalar& s) { return s.b_; }
  /// Which way a comparison goes that leaves a value possible one way alone (simulate_both_branches_taken).
  std::optional<bool> surviving_branch(const Scalar& a, const Scalar& b, u8 opcode, bool is_jmp32) const;
  /// No value is possible (range_bounds_violation).
  virtual bool contradicts(const Scalar& s) const = 0;
};

std::unique_ptr<const Ranges> make_ranges(const RangeRules& rules);

/// flip_opcode: the comparison with its operands exchanged. rev_opcode: its negation (a BPF_JSET's negation is
/// BPF_JSET|BPF_X).
u8 flip_opcode(u8 opcode);
u8 rev_opcode(u8 opcode);

}  // namespace bpfcheck::sim
