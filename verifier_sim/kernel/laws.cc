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

PassLaws pass_laws(const Target& t) {
  return {
      .func_info_early = t.has(Feature::exceptions),
      .attach_target_first = !t.has(Feature::cfg_before_attach),
      .constants_folded = t.has(Feature::constants_folded),
      .main_program_first = t.has(Feature::lazy_globals),
  };
}

SharedRules shared_rules(const Target& t) {
  return {
      .every_scalar_spilled = t.has(Feature::every_scalar_spilled),
      .zeros_through_spills = t.has(Feature::zeros_through_spills),
      .narrow_over_scalar = t.has(Feature::narrow_over_scalar),
      .deep_stack_reads = t.has(Feature::deep_stack_reads),
      .outside_constant = t.has(Feature::outside_constant),
      .linked_differences = t.has(Feature::linked_differences),
      .tail_call_returns = t.has(Feature::tail_call_returns),
      .rcu_by_any_section = t.has(Feature::rcu_by_any_section),
      .nullable_buffers = t.has(Feature::nullable_buffers),
      .objects_as_memory = t.has(Feature::objects_as_memory),
      .helper_writes_flagged = t.has(Feature::helper_writes_flagged),
  };
}

}  // namespace

Laws laws_of(const Target& t) {
  return {.ranges = make_ranges(range_rules(t)),
          .search = search_laws(t),
          .passes = pass_laws(t),
          .rules = shared_rules(t)};
}

}  // namespace bpfcheck::sim
