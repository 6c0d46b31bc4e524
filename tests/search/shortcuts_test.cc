// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the search leaves out where nobody reads how it is done (walks for precision that pass over instructions, and
// stop where earlier walks have been) must not change what it finds.
#include <gtest/gtest.h>

#include "btf/source.h"
#include "differential/generate.h"
#include "kernel_db/target.h"
#include "verifier_sim/verify.h"

namespace bpfcheck::differential {
namespace {

/// Makes the verifier go every step, and forgets what it tells.
struct Reader : sim::Observer {
  bool reads_details() const override { return true; }
};

TEST(Shortcuts, LeadToTheSameStates) {
  auto btf = btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
  ASSERT_TRUE(btf) << btf.error().text();
  const Target target = make_target(*btf, "6.18.44");
  u32 with_loops = 0;
  for (u64 seed = 1; seed <= 2000; seed++) {
    SCOPED_TRACE(seed);
    const auto prog = linked(generate(seed), target.btf);
    const sim::Verdict plain = sim::verify(prog, target);
    if (plain.stats.processed > 20000) continue;  // telling takes its time
    Reader reader;
    const sim::Verdict told = sim::verify(prog, target, &reader);
    ASSERT_EQ(plain.kind, told.kind);
    EXPECT_EQ(plain.reject.errnum, told.reject.errnum);
    EXPECT_EQ(plain.stats.processed, told.stats.processed);
    EXPECT_EQ(plain.stats.total_states, told.stats.total_states);
    EXPECT_EQ(plain.stats.peak_states, told.stats.peak_states);
    with_loops += plain.stats.processed > prog.insns.size();
  }
  EXPECT_GT(with_loops, 100u);
}

}  // namespace
}  // namespace bpfcheck::differential
