// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a row's versions say of a line and the releases that a kernel may be.
#include "kernel_db/intervals.h"

#include <gtest/gtest.h>

namespace bpfcheck {
namespace {

const PatchLevels any_release{};
PatchLevels from_to(u32 least, u32 most) { return {least, most, ""}; }

TEST(Intervals, MainlineVersions) {
  constexpr Intervals since("6.8");
  EXPECT_FALSE(since.holds(0x0607, any_release, Unsure::leave));
  EXPECT_TRUE(since.holds(0x0608, any_release, Unsure::leave));
  EXPECT_TRUE(since.holds(0x0700, any_release, Unsure::leave));
  constexpr Intervals gone("5.10-6.4");
  EXPECT_TRUE(gone.holds(0x0603, any_release, Unsure::leave));
  EXPECT_FALSE(gone.holds(0x0604, any_release, Unsure::take));
  constexpr Intervals twice("5.13-5.15 5.17");
  EXPECT_TRUE(twice.holds(0x050e, any_release, Unsure::leave));
  EXPECT_FALSE(twice.holds(0x0510, any_release, Unsure::leave));
  EXPECT_TRUE(twice.holds(0x0511, any_release, Unsure::leave));
}

TEST(Intervals, ReleasesOfAStableBranch) {
  constexpr Intervals since("7.0 6.18.21 6.12.114-6.12.116");
  EXPECT_FALSE(since.holds(0x0612, from_to(14, 20), Unsure::take));
  EXPECT_TRUE(since.holds(0x0612, from_to(21, 33), Unsure::leave));
  EXPECT_TRUE(since.holds(0x0612, from_to(20, 21), Unsure::take));
  EXPECT_FALSE(since.holds(0x0612, from_to(20, 21), Unsure::leave));
  EXPECT_TRUE(since.holds(0x060c, from_to(114, 115), Unsure::leave));
  EXPECT_FALSE(since.holds(0x060c, from_to(116, 117), Unsure::take));
  EXPECT_TRUE(since.holds(0x060c, any_release, Unsure::take));
}

TEST(Intervals, ALineGoesByItsOwnReleases) {
  constexpr Intervals reverted("6.10 6.12-6.12.20");
  EXPECT_TRUE(reverted.holds(0x060b, any_release, Unsure::leave));
  EXPECT_TRUE(reverted.holds(0x060c, from_to(0, 19), Unsure::leave));
  EXPECT_FALSE(reverted.holds(0x060c, from_to(20, 20), Unsure::take));
  EXPECT_TRUE(reverted.holds(0x060d, any_release, Unsure::leave));
}

/// A fix that no row mentions for an older line is taken to be there where that refuses more, unless a row says that it
/// is not.
TEST(Intervals, OlderLinesThatNothingTells) {
  constexpr Intervals fix("6.8 !6.6 !5.10-6.2");
  EXPECT_TRUE(fix.holds(0x0607, any_release, Unsure::take));
  EXPECT_FALSE(fix.holds(0x0607, any_release, Unsure::leave));
  EXPECT_FALSE(fix.holds(0x0606, any_release, Unsure::take));
  EXPECT_FALSE(fix.holds(0x050f, any_release, Unsure::take));
  EXPECT_TRUE(fix.holds(0x0602, any_release, Unsure::take));
}

}  // namespace
}  // namespace bpfcheck
