// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Soundness of the scalar domain: whatever concrete values operands may have, the result's bits and ranges hold it.
#include "verifier_sim/domain/scalar.h"

#include <gtest/gtest.h>

#include <random>
#include <type_traits>

#include "base/insn.h"

namespace bpfcheck::sim {
namespace {

bool holds(const Scalar& s, u64 v) {
  const auto low = static_cast<u32>(v);
  return (v & ~s.var_off.mask) == s.var_off.value && v >= s.umin && v <= s.umax && static_cast<s64>(v) >= s.smin &&
         static_cast<s64>(v) <= s.smax && low >= s.u32_min && low <= s.u32_max && static_cast<s32>(low) >= s.s32_min &&
         static_cast<s32>(low) <= s.s32_max;
}

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
  Scalar around(u64 v) {
    Scalar s;
    s.set_unknown();
    s.var_off.mask = value() | (rng_() % 2 ? 0 : value());
    s.var_off.value = v & ~s.var_off.mask;
    if (rng_() % 2) {
      const u64 w = value();
      s.umin = std::min(v, w);
      s.umax = std::max(v, w);
    }
    if (rng_() % 2) {
      const auto a = static_cast<s64>(v), b = static_cast<s64>(value());
      s.smin = std::min(a, b);
      s.smax = std::max(a, b);
    }
    s.sync({});
    return s;
  }
  u64 next() { return rng_(); }

 private:
  std::mt19937_64 rng_;
};

TEST(Scalar, SyncKeepsTheValue) {
  Values values(1);
  for (int i = 0; i < 200000; i++) {
    const u64 v = values.value();
    Scalar s = values.around(v);
    ASSERT_TRUE(holds(s, v)) << std::hex << v;
    ASSERT_EQ(s.violation(), nullptr);
  }
}

TEST(Scalar, OperationsHoldTheirResult) {
  Values values(2);
  for (int i = 0; i < 100000; i++) {
    const u64 a = values.value(), b = values.value();
    const Scalar sa = values.around(a), sb = values.around(b);
    const RangeRules rules =
        i % 2 ? RangeRules{} : RangeRules{.lone_member = false, .signs_exchanged32 = false, .shift_keeps_sign = false};
    auto apply = [&](Scalar& d, const Scalar& by, auto op) {
      if constexpr (std::is_invocable_v<decltype(op), Scalar&, const Scalar&>)
        op(d, by);
      else
        op(d, by, rules);
      d.sync(rules);
    };
    auto expect = [&](const char* name, u64 result, auto op) {
      Scalar d = sa;
      apply(d, sb, op);
      ASSERT_TRUE(holds(d, result)) << name << std::hex << " " << a << " " << b;
    };
    expect("add", a + b, scalar_op::add);
    expect("sub", a - b, scalar_op::sub);
    expect("mul", a * b, scalar_op::mul);
    expect("and", a & b, scalar_op::bit_and);
    expect("or", a | b, scalar_op::bit_or);
    expect("xor", a ^ b, scalar_op::bit_xor);
    Scalar shift;
    const u64 n = values.next() % 64;
    shift.set_known(n);
    auto expect_shift = [&](const char* name, u64 result, auto op) {
      Scalar d = sa;
      apply(d, shift, op);
      ASSERT_TRUE(holds(d, result)) << name << std::hex << " " << a << " by " << n;
    };
    expect_shift("lsh", a << n, scalar_op::lsh64);
    expect_shift("rsh", a >> n, scalar_op::rsh64);
    expect_shift("arsh", static_cast<u64>(static_cast<s64>(a) >> n), scalar_op::arsh64);
  }
}

TEST(Scalar, ComparisonsDecideOnlyWhatIsSure) {
  Values values(3);
  constexpr u8 ops[] = {bpf::JEQ,  bpf::JNE,  bpf::JGT,  bpf::JGE,  bpf::JLT, bpf::JLE,
                        bpf::JSGT, bpf::JSGE, bpf::JSLT, bpf::JSLE, bpf::JSET};
  auto truth = [](u64 a, u64 b, u8 op) {
    const auto x = static_cast<s64>(a), y = static_cast<s64>(b);
    switch (op) {
      case bpf::JEQ:
        return a == b;
      case bpf::JNE:
        return a != b;
      case bpf::JGT:
        return a > b;
      case bpf::JGE:
        return a >= b;
      case bpf::JLT:
        return a < b;
      case bpf::JLE:
        return a <= b;
      case bpf::JSGT:
        return x > y;
      case bpf::JSGE:
        return x >= y;
      case bpf::JSLT:
        return x < y;
      case bpf::JSLE:
        return x <= y;
      default:
        return (a & b) != 0;
    }
  };
  for (int i = 0; i < 100000; i++) {
    const u64 a = values.value(), b = values.value();
    const Scalar sa = values.around(a), sb = values.around(b);
    for (u8 op : ops) {
      const bool taken = truth(a, b, op);
      const int known = scalar_branch_taken(sa, sb, op, false);
      ASSERT_TRUE(known < 0 || known == taken) << std::hex << int{op} << " " << a << " " << b;
      Scalar x = sa, y = sb;
      refine_by_condition(x, y, taken ? op : rev_opcode(op), false);
      x.sync({});
      y.sync({});
      ASSERT_TRUE(holds(x, a) && holds(y, b)) << std::hex << int{op} << " " << a << " " << b;
    }
  }
}

TEST(Scalar, UnknownLowBitsAreWhatTheDeductionsLeadTo) {
  for (int bits = 1; bits < 64; bits++) {
    const u64 mask = (u64{1} << bits) - 1;
    Scalar s;
    s.set_unknown();
    s.var_off = {0, mask};
    s.update_bounds({});
    for (const RangeRules rules :
         {RangeRules{}, RangeRules{.lone_member = false, .signs_exchanged32 = false, .shift_keeps_sign = false}}) {
      Scalar deduced = s;  // step by step, without sync's look ahead
      for (int round = 0; round < 3; round++) deduced.deduce_bounds(rules);
      deduced.bound_offset();
      deduced.update_bounds(rules);
      EXPECT_TRUE(deduced.is_low_bits()) << bits;
      EXPECT_EQ(deduced, s) << bits;
    }
    for (auto change : {+[](Scalar& x) { x.umax--; }, +[](Scalar& x) { x.umin++; }, +[](Scalar& x) { x.smax--; },
                        +[](Scalar& x) { x.smin--; }, +[](Scalar& x) { x.u32_max--; }, +[](Scalar& x) { x.u32_min++; },
                        +[](Scalar& x) { x.s32_max--; }, +[](Scalar& x) { x.s32_min++; }}) {
      Scalar other = s;
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
