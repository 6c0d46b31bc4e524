// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What eight bounds and bits conclude from each other, from arithmetic, comparisons and conversions
// (kernel/bpf/verifier.c, 6.18). For the siblings of the ranges law.
#pragma once

#include <optional>

#include "base/insn.h"
#include "verifier_sim/domain/bounds.h"
#include "verifier_sim/domain/range_rules.h"

namespace bpfcheck::sim::eight {

// Deductions.
void update_bounds32(Bounds& b);                           ///< __update_reg32_bounds: bounds from bits
void update_bounds64(Bounds& b, const RangeRules& rules);  ///< __update_reg64_bounds
void update_bounds(Bounds& b, const RangeRules& rules);    ///< __update_reg_bounds
void deduce_bounds(Bounds& b, const RangeRules& rules);    ///< __reg_deduce_bounds
void bound_offset(Bounds& b, const RangeRules& rules);     ///< __reg_bound_offset: bits from bounds
void settle(Bounds& b, const RangeRules& rules);           ///< reg_bounds_sync
bool contradicts(const Bounds& b);                         ///< range_bounds_violation
const char* violation(const Bounds& b);                    ///< reg_bounds_sanity_check without its words
void zero_extend(Bounds& b);                               ///< zext_32_to_64

// Arithmetic (scalar_min_max_*, scalar32_min_max_*): both widths at once where the name says none, with var_off.
void add(Bounds& dst, const Bounds& src, const RangeRules& rules);
void sub(Bounds& dst, const Bounds& src, const RangeRules& rules);
void mul(Bounds& dst, const Bounds& src, const RangeRules& rules);
void bit_and(Bounds& dst, const Bounds& src, const RangeRules& rules);
void bit_or(Bounds& dst, const Bounds& src, const RangeRules& rules);
void bit_xor(Bounds& dst, const Bounds& src, const RangeRules& rules);
void neg(Bounds& dst, const Bounds& src, const RangeRules& rules);  ///< dst = -src
void lsh64(Bounds& dst, const Bounds& src, const RangeRules& rules);
void lsh32(Bounds& dst, const Bounds& src);
void rsh64(Bounds& dst, const Bounds& src, const RangeRules& rules);
void rsh32(Bounds& dst, const Bounds& src);
void arsh64(Bounds& dst, const Bounds& src, const RangeRules& rules);
void arsh32(Bounds& dst, const Bounds& src);
/// By a constant that is not zero, of one width (scalar_min_max_udiv and so on).
void divide(Bounds& dst, const Bounds& src, bool is_alu32, bool is_signed);
void modulo(Bounds& dst, const Bounds& src, bool is_alu32, bool is_signed);
/// A byte swap, or the truncation that a conversion to this machine's order is.
void swap_bits(Bounds& dst, const Insn& insn);  ///< the swap alone
void byte_swap(Bounds& dst, const Insn& insn, const RangeRules& rules);
void displace(Bounds& dst, const Bounds& ptr, const Bounds& off, bool subtract);

// Comparisons.
/// Whether a comparison holds; nothing where either is possible. Of a register against itself, and of two.
std::optional<bool> itself_taken(const Bounds& a, u8 opcode, bool is_jmp32);
std::optional<bool> branch_taken(const Bounds& a, const Bounds& b, u8 opcode, bool is_jmp32, const RangeRules& rules);
void refine_by_condition(Bounds& a, Bounds& b, u8 opcode, bool is_jmp32, const RangeRules& rules);

// Conversions; sizes in bytes.
void cut(Bounds& b, int size);  ///< bits and 64-bit bounds alone
void truncate(Bounds& b, int size, const RangeRules& rules);
void sign_extend(Bounds& b, int size, const RangeRules& rules);
void sign_extend32(Bounds& b, int size, const RangeRules& rules);

}  // namespace bpfcheck::sim::eight
