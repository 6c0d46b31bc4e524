// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The siblings of the ranges law over the same random programs: whatever values a program computes, each sibling's bits
// and bounds hold them, and a comparison is decided only as it comes out.
#include "verifier_sim/domain/ranges.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <random>

#include "base/bytes.h"
#include "base/insn.h"
#include "domain/scalars.h"
#include "verifier_sim/domain/arc.h"

namespace bpfcheck::sim {
namespace {

using tests::holds;

struct Kernel {
  const char* name;
  RangeRules rules;
  bool extends_soundly = true;  ///< sign extensions; some kernels had them wrong
};

constexpr RangeRules r71{}, r618{.negation = true,
                                 .divisions = false,
                                 .signs_before_widths = false,
                                 .same_register = false,
                                 .branches_tried = false};
constexpr RangeRules r612 = [] {
  RangeRules r = r618;
  r.product = Product::summed;
  r.signed_products = r.sums_wrap = r.negation = r.byte_swapped_bits = r.lone_member = false;
  r.mixed_signed = true;
  return r;
}();
constexpr RangeRules r68 = [] {
  RangeRules r = r612;
  r.any_operand = r.bitwise_by_unsigned = r.truncation_settled = r.sign_crossed64 = r.signs_exchanged32 = false;
  r.third_deduction = r.small_signed = r.bits_overlap = r.jset_forgets = r.shift_keeps_sign = false;
  return r;
}();
constexpr RangeRules r66 = [] {
  RangeRules r = r68;
  r.era = RangeEra::one_constant;
  return r;
}();
constexpr RangeRules r61 = [] {
  RangeRules r = r66;
  r.outside_constant = false;
  r.jset_forgets = r.shift_keeps_sign = true;
  return r;
}();
constexpr RangeRules r510 = [] {
  RangeRules r = r61;
  r.product = Product::halves;
  r.narrowed_low_bits = false;
  return r;
}();
constexpr RangeRules r72 = [] {
  RangeRules r = r71;
  r.era = RangeEra::circular;
  return r;
}();
constexpr RangeRules with_old_extensions(RangeRules r) {
  r.extension_bits = r.extension_whole = false;
  return r;
}

constexpr Kernel kernels[] = {
    {"5.10", r510}, {"6.1", r61},   {"6.6", r66}, {"6.8", with_old_extensions(r68), false},
    {"6.12", r612}, {"6.18", r618}, {"7.1", r71}, {"7.2", r72},
};

/// What the machine computes; operations by what it forbids are left out by the caller.
template <class U>
U computed(u8 op, bool is_signed, U a, U b) {
  using S = std::make_signed_t<U>;
  constexpr U width = sizeof(U) * 8;
  const auto sa = static_cast<S>(a), sb = static_cast<S>(b);
  const bool to_itself = sb == -1;  // the least number by -1 is itself
  switch (op) {
    case bpf::ADD:
      return a + b;
    case bpf::SUB:
      return a - b;
    case bpf::MUL:
      return a * b;
    case bpf::DIV:
      if (b == 0) return 0;
      return !is_signed ? a / b : to_itself ? U{0} - a : static_cast<U>(sa / sb);
    case bpf::MOD:
      if (b == 0) return a;
      return !is_signed ? a % b : to_itself ? 0 : static_cast<U>(sa % sb);
    case bpf::AND:
      return a & b;
    case bpf::OR:
      return a | b;
    case bpf::XOR:
      return a ^ b;
    case bpf::LSH:
      return a << (b & (width - 1));
    case bpf::RSH:
      return a >> (b & (width - 1));
    case bpf::ARSH:
      return static_cast<U>(sa >> (b & (width - 1)));
    default:
      return U{0} - a;
  }
}

u64 swapped(const Insn& i, u64 v) {
  const bool swap = i.cls() == bpf::ALU64 || i.src_is_reg();
  if (i.imm == 16) return swap ? byte_swap(static_cast<u16>(v)) : static_cast<u16>(v);
  if (i.imm == 32) return swap ? byte_swap(static_cast<u32>(v)) : static_cast<u32>(v);
  return swap ? byte_swap(v) : v;
}

template <class U>
bool comes_true(u8 op, U a, U b) {
  using S = std::make_signed_t<U>;
  const auto x = static_cast<S>(a), y = static_cast<S>(b);
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
}

/// A random program, walked with values and with what one sibling knows of them.
class Walk {
 public:
  Walk(const Kernel& kernel, u64 seed) : kernel_(kernel), ranges_(make_ranges(kernel.rules)), rng_(seed) {
    for (size_t i = 0; i < values_.size(); i++) {
      values_[i] = interesting();
      known_[i].set_unknown();
    }
  }

  void step() {
    const u64 kind = rng_() % 8;
    if (kind < 4)
      arithmetic();
    else if (kind < 7)
      branch();
    else
      convert();
  }
  testing::AssertionResult sound() const {
    for (size_t i = 0; i < values_.size(); i++) {
      if (!holds(known_[i], values_[i]))
        return testing::AssertionFailure() << kernel_.name << " r" << i << " is not what was known, after " << last_;
      if (const char* what = ranges_->violation(known_[i]))
        return testing::AssertionFailure() << kernel_.name << " r" << i << " " << what << " after " << last_;
    }
    if (wrong_branch_) return testing::AssertionFailure() << kernel_.name << " decided wrongly: " << last_;
    return testing::AssertionSuccess();
  }

 private:
  u64 interesting() {
    const u64 v = rng_();
    switch (rng_() % 6) {
      case 0:
        return v;
      case 1:
        return v & 0xff;
      case 2:
        return static_cast<u64>(static_cast<s64>(static_cast<s8>(v)));
      case 3:
        return v & 0xffffffff;
      case 4:
        return (u64{1} << (v & 63)) - (v >> 63);
      default:
        return static_cast<u64>(static_cast<s64>(static_cast<s32>(v)));
    }
  }
  size_t any() { return rng_() % values_.size(); }
  void told(const Insn& i, const char* what) { last_ = std::string(what) + " " + std::to_string(i.code); }

  void arithmetic() {
    constexpr u8 ops[] = {bpf::ADD, bpf::SUB, bpf::MUL, bpf::DIV,  bpf::MOD, bpf::AND, bpf::OR,
                          bpf::XOR, bpf::LSH, bpf::RSH, bpf::ARSH, bpf::NEG, bpf::END};
    const u8 op = ops[rng_() % std::size(ops)];
    const bool wide = rng_() % 2;
    Insn insn{.code = static_cast<u8>((wide ? bpf::ALU64 : bpf::ALU) | op)};
    const size_t d = any();
    Scalar operand = known_[d];
    u64 by = values_[d];
    if (op == bpf::END) {
      if (!wide && rng_() % 2) insn.code |= bpf::X;
      constexpr s32 sizes[] = {16, 32, 64};
      insn.imm = sizes[rng_() % 3];
    } else if (op != bpf::NEG) {
      insn.off = (op == bpf::DIV || op == bpf::MOD) && rng_() % 2;
      const bool shift = op == bpf::LSH || op == bpf::RSH || op == bpf::ARSH;
      if (const size_t s = any(); rng_() % 2 && s != d) {
        operand = known_[s];
        by = values_[s];
      } else {
        by = shift ? rng_() % (wide ? 64 : 32) : static_cast<u64>(s64{static_cast<s32>(interesting())});
        operand.set_known(by);
      }
    }
    told(insn, "operation");
    const Followed followed = ranges_->follows(insn, operand);
    if (followed == Followed::Yes) {
      ranges_->apply(insn, known_[d], operand);
    } else {
      known_[d].set_unknown();
      if (followed == Followed::LowHalf) ranges_->zero_extend(known_[d]), ranges_->settle(known_[d]);
    }
    u64& v = values_[d];
    v = op == bpf::END ? swapped(insn, v)
        : wide         ? computed<u64>(op, insn.off, v, by)
                       : computed<u32>(op, insn.off, static_cast<u32>(v), static_cast<u32>(by));
  }

  void branch() {
    constexpr u8 ops[] = {bpf::JEQ,  bpf::JNE,  bpf::JGT,  bpf::JGE,  bpf::JLT, bpf::JLE,
                          bpf::JSGT, bpf::JSGE, bpf::JSLT, bpf::JSLE, bpf::JSET};
    const u8 op = ops[rng_() % std::size(ops)];
    const bool low = rng_() % 2;
    const size_t a = any(), b = any();
    Scalar constant;
    u64 other = values_[b];
    const bool with_constant = a == b || rng_() % 2;
    if (with_constant) {
      other = rng_() % 2 ? interesting() : values_[a] + rng_() % 3 - 1;
      constant.set_known(other);
    }
    Scalar& right = with_constant ? constant : known_[b];
    const bool taken =
        low ? comes_true(op, static_cast<u32>(values_[a]), static_cast<u32>(other)) : comes_true(op, values_[a], other);
    last_ = "comparison " + std::to_string(op) + (low ? " of 32 bits" : "");
    const std::optional<bool> known = ranges_->compare(known_[a], right, op, low);
    if (known && *known != taken) wrong_branch_ = true;
    if (!known) ranges_->assume(known_[a], right, taken ? op : rev_opcode(op), low);
  }

  void convert() {
    const size_t d = any(), s = any();
    u64& v = values_[d];
    constexpr int sizes[] = {1, 2, 4};
    const int size = sizes[rng_() % 3];
    known_[d] = known_[s];
    v = values_[s];
    last_ = "conversion";
    auto extended = [&] {
      return size == 1 ? s64{static_cast<s8>(v)} : size == 2 ? s64{static_cast<s16>(v)} : s64{static_cast<s32>(v)};
    };
    switch (rng_() % 4) {
      case 0:  // a load of fewer bytes than were stored
        if (size == 4) return;
        ranges_->truncate(known_[d], size);
        v &= (u64{1} << (size * 8)) - 1;
        return;
      case 1:
        if (!kernel_.extends_soundly) return;
        ranges_->sign_extend(known_[d], size);
        v = static_cast<u64>(extended());
        return;
      case 2:
        if (!kernel_.extends_soundly || size == 4) return;
        ranges_->sign_extend32(known_[d], size);
        v = static_cast<u32>(extended());
        break;
      default:
        v = static_cast<u32>(v);
    }
    ranges_->zero_extend(known_[d]);
    ranges_->settle(known_[d]);
  }

  const Kernel& kernel_;
  std::unique_ptr<const Ranges> ranges_;
  std::mt19937_64 rng_;
  std::array<u64, 4> values_{};
  std::array<Scalar, 4> known_;
  std::string last_;
  bool wrong_branch_ = false;
};

TEST(Ranges, EverySiblingHoldsWhatAProgramComputes) {
  for (const Kernel& kernel : kernels)
    for (u64 seed = 0; seed < 6000; seed++) {
      Walk walk(kernel, seed);
      for (int i = 0; i < 40; i++) {
        walk.step();
        ASSERT_TRUE(walk.sound()) << "program " << seed << ", step " << i;
      }
    }
}

template <class U>
std::vector<Arc<U>> arcs_of(const std::vector<U>& ends) {
  std::vector<Arc<U>> out;
  for (U a : ends)
    for (U b : ends) out.push_back(Arc<U>::of(a, b));
  return out;
}

/// Over a circle so small that every number can be asked, by way of arcs whose ends stand near the borders.
TEST(Arc, HoldsWhatItsOperandsHold) {
  std::vector<u32> ends;
  for (u32 border : {0u, 0x80000000u})
    for (u32 d = 0; d < 6; d++) ends.push_back(border + d - 3);
  std::vector<u32> numbers;
  for (u32 e : ends)
    for (u32 d = 0; d < 3; d++) numbers.push_back(e + d - 1);
  const auto arcs = arcs_of(ends);
  for (const auto& a : arcs) {
    if (a.is_none()) continue;
    for (const auto& b : arcs) {
      if (b.is_none()) continue;
      const auto both = intersect(a, b), sum = a + b;
      for (u32 x : numbers) {
        if (a.contains(x)) {
          ASSERT_TRUE(x >= a.umin() && x <= a.umax()) << x;
          ASSERT_TRUE(static_cast<s32>(x) >= a.smin() && static_cast<s32>(x) <= a.smax()) << x;
          ASSERT_TRUE((-a).contains(0 - x)) << x;
        }
        if (a.contains(x) && b.contains(x)) {
          ASSERT_TRUE(both.contains(x)) << x;
        }
        if (a.holds(b) && b.contains(x)) {
          ASSERT_TRUE(a.contains(x)) << x;
        }
        for (u32 y : {b.base, b.end()})
          if (a.contains(x)) {
            ASSERT_TRUE(sum.contains(x + y)) << x << " " << y;
          }
      }
    }
  }
}

TEST(Arc, IsNarrowedByItsNumbersLowerHalves) {
  std::mt19937_64 rng(7);
  for (int i = 0; i < 300000; i++) {
    const Arc<u64> a{rng(), rng() >> (rng() % 64)};
    const Arc<u32> b{static_cast<u32>(rng()), static_cast<u32>(rng() >> (32 + rng() % 32))};
    if (a.is_none() || b.is_none()) continue;
    const auto narrowed = narrow_by_low(a, b);
    for (u64 d : {u64{0}, a.size, a.size / 2, rng() % (a.size / 2 + 1)}) {
      const u64 v = a.base + d;
      if (b.contains(static_cast<u32>(v))) {
        ASSERT_TRUE(narrowed.contains(v)) << v;
      }
      ASSERT_TRUE(low_half(a).contains(static_cast<u32>(v))) << v;
    }
    if (!narrowed.is_none()) {
      ASSERT_TRUE(a.holds(narrowed));
      if (b.contains(static_cast<u32>(a.base))) {
        ASSERT_EQ(narrowed.base, a.base);
      }
    }
  }
}

}  // namespace
}  // namespace bpfcheck::sim
