// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which release of a stable branch a target is, by whose word, and which rules follow.
#include "kernel_db/release.h"

#include <gtest/gtest.h>

#include "btf/source.h"
#include "kernel_db/target.h"

namespace bpfcheck {
namespace {

btf::BtfPtr corpus_btf() {
  static const btf::BtfPtr btf = *btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
  return btf;
}

TEST(Release, IsReadFromItsName) {
  const auto full = parse_release("6.18.15-amd64");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->line, 0x0612u);
  EXPECT_EQ(full->patch, 15u);
  ASSERT_TRUE(parse_release("7.0"));
  EXPECT_EQ(parse_release("7.0")->line, 0x0700u);
  EXPECT_FALSE(parse_release("7.0")->patch);
  EXPECT_EQ(parse_release("6.18.300")->patch, 300u);
  for (const char* bad :
       {"", "6", "6.", "six", "6.x", "6.18.", "6.18.x", "6.18x", "6.256", "6.18.99999999999", "-6.18", "6.18.1.2"})
    EXPECT_FALSE(parse_release(bad)) << bad;
}

TEST(Release, IsShownByTheBtf) {
  const Target target = make_target(corpus_btf());
  EXPECT_EQ(release_text(target.version, target.levels), "6.18.14 to 6.18.15");
  EXPECT_EQ(target.levels.evidence, "bpf_address_lookup, no __free_pages_prepare");
  EXPECT_TRUE(target.has(Feature::helper_memory_flags));
  EXPECT_FALSE(target.has(Feature::forked_masks));
  EXPECT_FALSE(target.has(Feature::lone_member));
  EXPECT_FALSE(target.has(Feature::throw_checks_leaks));
}

TEST(Release, OfTheCommandLineGoesFirst) {
  EXPECT_FALSE(make_target(corpus_btf(), "6.18.1").has(Feature::tail_call_returns));
  EXPECT_TRUE(make_target(corpus_btf(), "6.18.2").has(Feature::tail_call_returns));
  const Target forks = make_target(corpus_btf(), "6.18.16", Release{0x0612, 15});
  EXPECT_TRUE(forks.has(Feature::forked_masks));
  EXPECT_FALSE(forks.has(Feature::fork_repeats));
  EXPECT_TRUE(make_target(corpus_btf(), "6.18.44").has(Feature::lone_member));
  EXPECT_TRUE(make_target(corpus_btf(), "7.0").has(Feature::forked_masks));
}

TEST(Release, OfTheKernelsOwnWordIsTakenWhereItFits) {
  EXPECT_EQ(make_target(corpus_btf(), {}, Release{0x0612, 15}).levels.least, 15u);
  EXPECT_TRUE(make_target(corpus_btf(), {}, Release{0x0612, 15}).levels.exact());
  const Target other = make_target(corpus_btf(), {}, Release{0x0611, 15});
  EXPECT_EQ(other.name, "6.17, verifier of 6.18 (x86-64)");
  EXPECT_EQ(other.levels.least, 0u);
  EXPECT_EQ(make_target(corpus_btf(), {}, Release{0x0612, 0}).levels.least, 14u);
}

/// A line whose releases are not known is taken to refuse what some release of it refuses.
TEST(Release, UnknownRefusesMore) {
  const Target older = make_target(corpus_btf(), "6.17");
  EXPECT_TRUE(older.has(Feature::throw_checks_leaks));
  EXPECT_TRUE(older.has(Feature::tail_call_returns));
  EXPECT_FALSE(older.has(Feature::forked_masks));
  EXPECT_FALSE(older.has(Feature::signs_exchanged32));
}

}  // namespace
}  // namespace bpfcheck
