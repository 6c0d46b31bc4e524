// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Soundness of the scalar domain: whatever concrete values operands may have, the result's bits and ranges hold it.
#include "verifier_sim/domain/scalar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/insn.h"
#include "domain/scalars.h"
#include "verifier_sim/domain/bounds_ops.h"
#include "verifier_sim/domain/ranges.h"

namespace bpfcheck::sim {
namespace {

using tests::alu64, tests::holds;

constexpr RangeRules all_rules,
    first_rules{.signs_exchanged32 = false, .third_deduction = false, .mixed_signed = true, .lone_member = false},
    early_rules{.era = RangeEra::one_constant, .narrowed_low_bits = false, .lone_member = false};

class Values {
 public:
  explicit Values(u64 seed) : rng_(seed) {}
  u64 value() {
    const u64 v = rng_();
    switch (rng_() % 5) {
      case 0:
        return v;
      case 1:
        return v & 0xff;
      case 2:
        return static_cast<u64>(static_cast<s64>(static_cast<s8>(v)));
      case 3:
        return v & 0xffffffff;
      default:
        return u64{1} << (v & 63);
    }
  }
  /// A scalar that holds v and more.
  Scalar around(u64 v, const Ranges& ranges) {
    Scalar s;
    s.set_unknown();
    Scalar bits, mask;
    mask.set_known(value() | (rng_() % 2 ? 0 : value()));
    bits.set_known(v & ~mask.const_value());
    ranges.apply(alu64(bpf::AND), s, mask);
    ranges.apply(alu64(bpf::OR), s, bits);
    auto narrow = [&](u8 op, u64 bound) {
      Scalar limit;
      limit.set_known(bound);
      ranges.assume(s, limit, op, false);
    };
    if (rng_() % 2) {
      const u64 w = value();
      narrow(bpf::JGE, std::min(v, w));
      narrow(bpf::JLE, std::max(v, w));
    }
    if (rng_() % 2) {
      const auto a = static_cast<s64>(v), b = static_cast<s64>(value());
      narrow(bpf::JSGE, static_cast<u64>(std::min(a, b)));
      narrow(bpf::JSLE, static_cast<u64>(std::max(a, b)));
    }
    return s;
  }
  u64 next() { return rng_(); }

 private:
  std::mt19937_64 rng_;
};

TEST(Scalar, SyncKeepsTheValue) {
  Values values(1);
  const auto ranges = make_ranges(all_rules);
  for (int i = 0; i < 200000; i++) {
    const u64 v = values.value();
    const Scalar s = values.around(v, *ranges);
    ASSERT_TRUE(holds(s, v)) << std::hex << v;
    ASSERT_EQ(ranges->violation(s), nullptr);
  }
}

TEST(Scalar, UnknownLowBitsAreWhatTheDeductionsLeadTo) {
  for (int bits = 1; bits < 64; bits++) {
    const u64 mask = (u64{1} << bits) - 1;
    Bounds s;
    s.set_unknown();
    s.var_off = {0, mask};
    eight::update_bounds(s, all_rules);
    for (const RangeRules& rules : {all_rules, first_rules, early_rules}) {
      Bounds deduced = s;  // step by step, without settle's look ahead
      for (int round = 0; round < 3; round++) eight::deduce_bounds(deduced, rules);
      eight::bound_offset(deduced, rules);
      eight::update_bounds(deduced, rules);
      EXPECT_TRUE(deduced.is_low_bits()) << bits;
      EXPECT_EQ(deduced, s) << bits;
    }
    for (auto change : {+[](Bounds& x) { x.umax--; }, +[](Bounds& x) { x.umin++; }, +[](Bounds& x) { x.smax--; },
                        +[](Bounds& x) { x.smin--; }, +[](Bounds& x) { x.u32_max--; }, +[](Bounds& x) { x.u32_min++; },
                        +[](Bounds& x) { x.s32_max--; }, +[](Bounds& x) { x.s32_min++; }}) {
      Bounds other = s;
      change(other);
      EXPECT_FALSE(other.is_low_bits()) << bits;
    }
  }
}

TEST(Tnum, StepIsTheNextMember) {
  Values values(4);
  for (int i = 0; i < 20000; i++) {
    const u64 mask = values.next() & 0xff;
    const Tnum t{values.next() & 0xff & ~mask, mask};
    const u64 z = values.next() & 0xff;
    u64 expected = t.value | t.mask;
    for (u64 v = 0; v < 256; v++)
      if ((v & ~t.mask) == t.value && v > z) {
        expected = v;
        break;
      }
    ASSERT_EQ(tnum_step(t, z), expected) << t.value << " " << t.mask << " " << z;
  }
}

}  // namespace
}  // namespace bpfcheck::sim
