// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which conclusions a kernel's ranges law draws. The values given are those of the last kernels with eight bounds
// (7.1); every member but the era is a row of kernel_db/features.def of the same name.
#pragma once

#include "base/types.h"

namespace bpfcheck::sim {

enum class RangeEra : u8 {
  one_constant,  ///< to 6.7: eight bounds, hardly compared across widths and signs; comparisons with constants
  eight_bounds,  ///< 6.8 to 7.1: each bound narrows the others; both sides of a comparison are ranges
  circular,      ///< since 7.2: one arc of the number circle for each width
};

enum class Product : u8 { halves, summed, joined };  ///< which tnum_mul_* follows the bits

struct RangeRules {
  RangeEra era = RangeEra::eight_bounds;

  // Arithmetic.
  Product product = Product::joined;
  bool any_operand = true;  ///< OR, XOR and MUL by what is no constant
  bool bitwise_by_unsigned =
      true;  ///< bitwise operations: signed bounds come from the unsigned result, not operands' signs
  bool signed_products = true;    ///< MUL keeps signed bounds
  bool sums_wrap = true;          ///< ADD, SUB: bounds of which both ends wrap stay
  bool negation = true;           ///< NEG
  bool byte_swapped_bits = true;  ///< END
  bool divisions = true;          ///< DIV and MOD by constants
  bool shift_keeps_sign = true;   ///< a shift left by 32 keeps the signed 32-bit bounds

  // Conversions.
  bool extension_bits = true;      ///< a 32-bit sign extension sets the bits, too
  bool extension_whole = true;     ///< a 64-bit sign extension sets all 64 bits of the unsigned bounds
  bool truncation_settled = true;  ///< of 4 bytes, too

  // Deductions.
  bool narrowed_low_bits = true;    ///< bits of the lower half are narrowed by 64-bit bounds, too
  bool sign_crossed64 = true;       ///< 64-bit bounds narrow each other across the sign
  bool signs_exchanged32 = true;    ///< 32-bit bounds likewise
  bool third_deduction = true;      ///< a third round
  bool signs_before_widths = true;  ///< bounds of one width before those of the other, in two rounds
  bool mixed_signed = false;        ///< signed 32-bit bounds narrow 64-bit ones (6.8 to 6.17)
  bool small_signed = true;         ///< a value of 32 signed bits that is not negative is its lower half
  bool lone_member = true;          ///< a range with one member of the tracked number is that member

  // Comparisons.
  bool outside_constant = true;  ///< ==, != with a constant outside the bounds; the constant may be on the left
  bool bits_overlap = true;      ///< ==, != of numbers of which a bit differs
  bool jset_forgets = true;      ///< that no bit of a mask is set: bounds are drawn from the bits afresh
  bool same_register = true;     ///< a register against itself
  bool branches_tried = true;    ///< a branch whose bounds contradict each other is dead
};

}  // namespace bpfcheck::sim
