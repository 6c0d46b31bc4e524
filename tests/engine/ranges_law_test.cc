// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which sibling of the ranges law a kernel's BTF chooses, told by what it concludes. The answers are those of the
// kernels' sources: is_branch_taken, adjust_scalar_min_max_vals (5.10, 6.1), is_scalar_branch_taken,
// is_safe_to_compute_dst_reg_range (6.12 on), cnum64_add (7.2).
#include <gtest/gtest.h>

#include "base/insn.h"
#include "btf/source.h"
#include "domain/scalars.h"
#include "verifier_sim/kernel/laws.h"

namespace bpfcheck::sim {
namespace {

struct Conclusions {
  const char* btf;
  bool outside_decided;   ///< a byte is not 300
  bool unknown_followed;  ///< OR by a number that is not known
  bool divided;           ///< DIV by a constant
  bool turned_back;       ///< what was added is taken away again, though the range crossed both borders
};

constexpr Conclusions conclusions[] = {
    {"5.10.262", false, false, false, false}, {"6.1.192", false, false, false, false},
    {"6.12.117", true, true, false, false},   {"6.18.15", true, true, false, false},
    {"7.0.13", true, true, true, false},      {"7.2.12", true, true, true, true},
    {"7.3.4", true, true, true, true},
};

using tests::alu64, tests::known, tests::unknown;

TEST(RangesLaw, IsChosenByTheTargetsBtf) {
  for (const Conclusions& c : conclusions) {
    SCOPED_TRACE(c.btf);
    const auto btf = btf::open(std::string(CORPUS_DIR "/btf/") + c.btf + "-amd64.btf.xz");
    ASSERT_TRUE(btf);
    const Laws laws = laws_of(make_target(*btf));
    const Ranges& ranges = *laws.ranges;

    Scalar byte = unknown();
    ranges.truncate(byte, 1);
    EXPECT_EQ(ranges.compare(byte, known(300), bpf::JEQ, false),
              c.outside_decided ? std::optional(false) : std::nullopt);
    EXPECT_EQ(ranges.compare(byte, known(300), bpf::JLT, false), true);
    EXPECT_EQ(ranges.follows(alu64(bpf::OR), unknown()) == Followed::Yes, c.unknown_followed);
    EXPECT_EQ(ranges.follows(alu64(bpf::DIV), known(10)) == Followed::Yes, c.divided);

    const u64 most = (u64{1} << 63) + 10;
    Scalar wide = unknown(), limit = known(most);
    ranges.assume(wide, limit, bpf::JLE, false);
    EXPECT_EQ(wide.umax(), most);
    ranges.apply(alu64(bpf::SUB), wide, known(5));
    EXPECT_EQ(wide.umax(), U64_MAX);  // in either sign nothing is known of it
    EXPECT_EQ(wide.smin(), S64_MIN);
    ranges.apply(alu64(bpf::ADD), wide, known(5));
    EXPECT_EQ(wide.umax(), c.turned_back ? most : U64_MAX);
  }
}

}  // namespace
}  // namespace bpfcheck::sim
