// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Programs on which a kernel and the simulation once differed, against what the kernel said: needs no kernel.
#include "differential/case.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "btf/source.h"
#include "differential/generate.h"

namespace bpfcheck::differential {
namespace {

TEST(Differential, EveryCaseAsTheKernelDecided) {
  auto btf = btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
  ASSERT_TRUE(btf) << btf.error().text();
  Target target = make_target(*btf, "6.18.44");
  int n = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TEST_DIR "/differential/cases")) {
    SCOPED_TRACE(entry.path().filename().string());
    auto c = read_case(entry.path());
    ASSERT_TRUE(c) << c.error().text();
    target.caps = c->program.unprivileged
                      ? Capabilities{.bpf = true, .perfmon = false, .net_admin = true, .sys_admin = false}
                      : Capabilities{};
    const Outcome ours = simulate(c->program, target, false);
    EXPECT_EQ(ours.kind, c->kernel.kind) << describe(ours);
    EXPECT_EQ(ours.errnum, c->kernel.errnum);
    EXPECT_EQ(ours.message, c->kernel.message);
    EXPECT_EQ(ours.processed, c->kernel.processed);
    EXPECT_EQ(ours.states, c->kernel.states);
    n++;
  }
  EXPECT_GT(n, 0);
}

TEST(Differential, ACaseIsReadAsItWasWritten) {
  for (u64 seed = 1; seed < 50; seed++) {
    const Program p = generate(seed);
    const auto path = std::filesystem::path(testing::TempDir()) / "case.txt";
    Outcome o;
    o.kind = Outcome::Kind::reject;
    o.message = "R1 !read_ok";
    std::ofstream(path) << write_case(p, o, "none");
    auto back = read_case(path);
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(back->program.insns, p.insns);
    EXPECT_EQ(back->program.functions.size(), p.functions.size());
    EXPECT_EQ(back->program.type, p.type);
    EXPECT_EQ(back->kernel.message, o.message);
  }
}

TEST(Differential, RemovingInstructionsKeepsJumpsOnTheirTargets) {
  for (u64 seed = 1; seed < 200; seed++) {
    Program p = generate(seed);
    for (size_t at = 0; at < p.insns.size(); at++) {
      Program q = p;
      if (!remove_insns(q, at, 1)) continue;
      ASSERT_EQ(q.insns.size() + 1, p.insns.size());
      for (size_t from = 0; from < at; from++) {
        const Insn &a = p.insns[from], &b = q.insns[from];
        if (a.cls() != bpf::JMP || a.op() == bpf::CALL || a.op() == bpf::EXIT) continue;
        const auto target = static_cast<s64>(from) + 1 + a.off;
        ASSERT_EQ(static_cast<s64>(from) + 1 + b.off, target > static_cast<s64>(at) ? target - 1 : target)
            << "seed " << seed << " at " << at;
      }
    }
  }
}

}  // namespace
}  // namespace bpfcheck::differential
