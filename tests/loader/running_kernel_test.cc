// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is known of a kernel beyond its BTF: from the kernel that runs here, where it lets us look, and what it does to
// verdicts.
#include "loader/running_kernel.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "btf/source.h"
#include "judge/judge.h"
#include "verifier_sim/verify.h"

namespace bpfcheck {
namespace {

TEST(KernelFacts, ConfigurationLines) {
  const Kconfig c =
      parse_kconfig("# comment\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_S=\"a=b\"\nOTHER=1\nCONFIG_N=-5");
  EXPECT_EQ(c.size(), 3u);
  EXPECT_EQ(c.at("CONFIG_S"), "\"a=b\"");
  EXPECT_EQ(c.at("CONFIG_N"), "-5");
  EXPECT_EQ(boot_lockdown(c), Lockdown::none);
  EXPECT_EQ(boot_lockdown({{"CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY", "y"}}), Lockdown::integrity);
}

TEST(KernelFacts, SymbolsThatCannotBeReadAreUnknown) {
  const SymbolTable none([]() -> Result<std::string> { return fail("x", "cannot be read", EACCES); });
  EXPECT_FALSE(none.known());
  EXPECT_FALSE(none.has("schedule"));
}

/// A policy that keeps programs of a kind from the verifier decides before it, whatever the program is.
TEST(KernelFacts, RefusedKindsNeverReachTheVerifier) {
  auto btf = btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
  ASSERT_TRUE(btf) << btf.error().text();
  Target target = make_target(*btf);
  auto objects = loader::open_file(CORPUS_DIR "/objects/xdp_parser.bpf.o");
  ASSERT_TRUE(objects) << objects.error().text();
  const loader::ObjectProgram& prog = objects->front().programs.front();
  auto linked = judge::link(objects->front(), prog, target);
  ASSERT_TRUE(linked) << linked.error().text();
  EXPECT_FALSE(sim::verify(*linked, target).before_verifier);
  KernelFacts facts;
  facts.refused.push_back({ProgType::XDP, linked->expected_attach_type, EPERM});
  target.facts = std::make_shared<KernelFacts>(facts);
  const sim::Verdict v = sim::verify(*linked, target);
  EXPECT_TRUE(v.before_verifier);
  EXPECT_EQ(v.kind, sim::Verdict::Kind::Reject);
  EXPECT_EQ(v.reject.errnum, EPERM);
}

TEST(KernelFacts, OfTheRunningKernel) {
  auto btf = btf::open_running_kernel();
  if (!btf) GTEST_SKIP() << btf.error().text();
  EXPECT_TRUE(loader::is_running_kernel(**btf, "a copy"));
  const KernelFacts facts = loader::gather_facts();
  EXPECT_GE(facts.version, 0x040000u);
  EXPECT_TRUE(!facts.symbols->known() || facts.symbols->has("schedule"));
  for (const RefusedProgram& r : facts.refused) EXPECT_TRUE(r.errnum == EPERM || r.errnum == EACCES);
  EXPECT_EQ(facts.refusal(ProgType::SOCKET_FILTER, 0), 0) << "where these are refused nothing else is tried";
}

}  // namespace
}  // namespace bpfcheck
