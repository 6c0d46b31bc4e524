// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See laws.h.
#include "verifier_sim/kernel/laws.h"

namespace bpfcheck::sim {

namespace {

RangeRules range_rules(const Target& t) {
  return {
      .era = t.has(Feature::circular_ranges)      ? RangeEra::circular
             : t.has(Feature::range_deduction_68) ? RangeEra::eight_bounds
                                                  : RangeEra::one_constant,
      .product = t.has(Feature::products_joined)   ? Product::joined
                 : t.has(Feature::products_summed) ? Product::summed
                                                   : Product::halves,
      .any_operand = t.has(Feature::any_operand),
      .bitwise_by_unsigned = t.has(Feature::bitwise_by_unsigned),
      .signed_products = t.has(Feature::signed_products),
      .sums_wrap = t.has(Feature::sums_wrap),
      .negation = t.has(Feature::negation),
      .byte_swapped_bits = t.has(Feature::byte_swapped_bits),
      .divisions = t.has(Feature::divisions),
      .shift_keeps_sign = t.has(Feature::shift_keeps_sign),
      .extension_bits = t.has(Feature::extension_bits),
      .extension_whole = t.has(Feature::extension_whole),
      .truncation_settled = t.has(Feature::truncation_settled),
      .narrowed_low_bits = t.has(Feature::narrowed_low_bits),
      .sign_crossed64 = t.has(Feature::sign_crossed64),
      .signs_exchanged32 = t.has(Feature::signs_exchanged32),
      .third_deduction = t.has(Feature::third_deduction),
      .signs_before_widths = t.has(Feature::signs_before_widths),
      .mixed_signed = t.has(Feature::mixed_signed),
      .small_signed = t.has(Feature::small_signed),
      .lone_member = t.has(Feature::lone_member),
      .outside_constant = t.has(Feature::outside_constant),
      .bits_overlap = t.has(Feature::bits_overlap),
      .jset_forgets = t.has(Feature::jset_forgets),
      .same_register = t.has(Feature::same_register),
      .branches_tried = t.has(Feature::branches_tried),
  };
}

}  // namespace

Laws laws_of(const Target& t) { return {.ranges = make_ranges(range_rules(t)), .search = search_laws(t)}; }

}  // namespace bpfcheck::sim
