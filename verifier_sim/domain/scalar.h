// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is known of a value: its bits and its signed and unsigned 64- and 32-bit ranges, with the deductions of 6.18's
// reg_bounds_sync (kernel/bpf/verifier.c). Pure values, no state.
#pragma once

#include "verifier_sim/domain/tnum.h"

namespace bpfcheck::sim {

inline constexpr s64 S64_MIN = INT64_MIN, S64_MAX = INT64_MAX;
inline constexpr u64 U64_MAX = UINT64_MAX;
inline constexpr s32 S32_MIN = INT32_MIN, S32_MAX = INT32_MAX;
inline constexpr u32 U32_MAX = UINT32_MAX;

/// Deductions that came within the 6.18 stable series (kernel_db/features.def).
struct RangeRules {
  bool lone_member = true;        ///< a range with one member of the tracked number is that member
  bool signs_exchanged32 = true;  ///< 32-bit ranges narrow each other across the sign
  bool shift_keeps_sign = true;   ///< so does a shift left by 32
};

struct Scalar {
  Tnum var_off;
  s64 smin = 0, smax = 0;
  u64 umin = 0, umax = 0;
  s32 s32_min = 0, s32_max = 0;
  u32 u32_min = 0, u32_max = 0;
  bool operator==(const Scalar&) const = default;

  bool is_const() const { return var_off.is_const(); }
  u64 const_value() const { return var_off.value; }

  void set_known(u64 v);                 ///< ___mark_reg_known
  void set_known32(u64 v);               ///< __mark_reg32_known: the lower half only
  void set_unbounded();                  ///< __mark_reg_unbounded: ranges only, var_off stays
  void set_unbounded64();                ///< 64-bit ranges only
  void set_unbounded32();                ///< 32-bit ranges only
  void set_unknown();                    ///< ranges and bits
  void assign_32_into_64();              ///< __reg_assign_32_into_64
  void zext_32_to_64();                  ///< zext_32_to_64: clears the upper half
  void update_bounds(RangeRules rules);  ///< __update_reg_bounds (ranges from bits)
  void update_bounds32();
  void update_bounds64(RangeRules rules);
  void deduce_bounds(RangeRules rules);  ///< __reg_deduce_bounds
  void bound_offset();                   ///< __reg_bound_offset (bits from ranges)
  void sync(RangeRules rules);           ///< reg_bounds_sync
  /// Some low bits of which nothing is known, zero above them, as a load leaves them; all ranges say so.
  bool is_low_bits() const;
  bool subreg_is_const() const { return tnum_subreg(var_off).is_const(); }
  /// reg_bounds_sanity_check without its words: nullptr, or which relation fails ("range bounds violation", ...).
  const char* violation() const;
};

/// Verdict of a comparison: it holds (1), it does not (0), either is possible (-1). is_scalar_branch_taken, 6.18.
int scalar_branch_taken(const Scalar& a, const Scalar& b, u8 opcode, bool is_jmp32);
/// flip_opcode: the comparison with its operands exchanged. rev_opcode: its negation (a BPF_JSET's negation is
/// BPF_JSET|BPF_X).
u8 flip_opcode(u8 opcode);
u8 rev_opcode(u8 opcode);
/// regs_refine_cond_op: narrows both sides knowing that `a opcode b` holds.
void refine_by_condition(Scalar& a, Scalar& b, u8 opcode, bool is_jmp32);

/// Effects of the ALU operations on ranges and bits, 32- and 64-bit (scalar_min_max_*, 6.18).
namespace scalar_op {
void add(Scalar& dst, const Scalar& src);  // both widths at once, with var_off
void sub(Scalar& dst, const Scalar& src);
void mul(Scalar& dst, const Scalar& src);
void bit_and(Scalar& dst, const Scalar& src, RangeRules rules);
void bit_or(Scalar& dst, const Scalar& src, RangeRules rules);
void bit_xor(Scalar& dst, const Scalar& src, RangeRules rules);
void neg(Scalar& dst);
void lsh64(Scalar& dst, const Scalar& src, RangeRules rules);
void lsh32(Scalar& dst, const Scalar& src);
void rsh64(Scalar& dst, const Scalar& src, RangeRules rules);
void rsh32(Scalar& dst, const Scalar& src);
void arsh64(Scalar& dst, const Scalar& src, RangeRules rules);
void arsh32(Scalar& dst, const Scalar& src);
}  // namespace scalar_op

}  // namespace bpfcheck::sim
