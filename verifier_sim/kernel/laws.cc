// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See laws.h.
#include "verifier_sim/kernel/laws.h"

namespace bpfcheck::sim {

Laws laws_of(const Target& t) {
  return {.ranges = make_ranges({.lone_member = t.has(Feature::lone_member),
                                 .signs_exchanged32 = t.has(Feature::signs_exchanged32),
                                 .shift_keeps_sign = t.has(Feature::shift_keeps_sign),
                                 .byte_swapped_bits = t.has(Feature::byte_swapped_bits)})};
}

}  // namespace bpfcheck::sim
