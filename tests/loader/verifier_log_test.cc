// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reading logs of the real verifier.
#include "loader/syscall/verifier_log.h"

#include <gtest/gtest.h>

namespace bpfcheck::loader::sys {
namespace {

constexpr const char* refused =
    "0: R1=ctx() R10=fp0\n"
    "; return eth->proto; @ xdp.bpf.c:18\n"
    "1: (69) r1 = *(u16 *)(r1 +12)\n"
    "R1 offset is outside of the packet\n"
    "verification time 48 usec\n"
    "stack depth 0\n"
    "processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 3 peak_states 4 mark_read 0\n";

TEST(VerifierLog, ReasonAndStatistics) {
  const LogSummary s = summarise_log(refused);
  EXPECT_EQ(s.last_line, "R1 offset is outside of the packet");
  EXPECT_EQ(s.usec, 48);
  EXPECT_EQ(s.processed, 2);
  EXPECT_EQ(s.states, 3);
  EXPECT_EQ(s.peak, 4);
}

TEST(VerifierLog, EmptyLogHasNothing) {
  const LogSummary s = summarise_log("");
  EXPECT_EQ(s.last_line, "");
  EXPECT_EQ(s.processed, -1);
}

TEST(VerifierLog, TimeIsNoDifference) {
  std::string other = refused;
  other.replace(other.find("48"), 2, "99");
  EXPECT_FALSE(first_difference(refused, other));
}

TEST(VerifierLog, StatisticsMayFollowTheWordsOnTheirLine) {
  constexpr auto words = "; processed 1 insns (limit 2)\n3: (85) call pc+1\ninsn 3 cannot call exception cb directly";
  constexpr auto counters =
      "stack depth 0+0+0\nprocessed 7 insns (limit 1000000) max_states_per_insn 0 total_states 3 peak_states 2 "
      "mark_read 0\n";
  for (const char* time : {"", "verification time 8 usec\n"}) {
    const LogSummary s =
        summarise_log(std::string(words) + time + (*time ? counters : std::string_view(counters).substr(18).data()));
    EXPECT_EQ(s.last_line, "insn 3 cannot call exception cb directly");
    EXPECT_EQ(s.processed, 7);
    EXPECT_EQ(s.states, 3);
  }
  EXPECT_FALSE(first_difference(std::string(words) + "\n" + counters,
                                std::string(words) + "verification time 8 usec\n" + counters));
}

TEST(VerifierLog, FirstDifferenceIsNamedWithItsLine) {
  std::string other = refused;
  other.replace(other.find("+12"), 3, "+10");
  const auto d = first_difference(refused, other);
  ASSERT_TRUE(d);
  EXPECT_EQ(d->line, 3u);
  EXPECT_EQ(d->left, "1: (69) r1 = *(u16 *)(r1 +12)");
  EXPECT_EQ(d->right, "1: (69) r1 = *(u16 *)(r1 +10)");
}

TEST(VerifierLog, LogThatEndsEarlyDiffersThere) {
  const auto d = first_difference("a\nb\n", "a\n");
  ASSERT_TRUE(d);
  EXPECT_EQ(d->line, 2u);
  EXPECT_EQ(d->left, "b");
  EXPECT_EQ(d->right, "");
}

}  // namespace
}  // namespace bpfcheck::loader::sys
