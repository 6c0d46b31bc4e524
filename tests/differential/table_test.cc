// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Small programs for one room of the verifier each, and what kernels say of them.
#include "differential/table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

#include "btf/source.h"
#include "differential/assemble.h"
#include "differential/case.h"
#include "differential/generate.h"
#include "differential/kernel.h"
#include "support/kernel.h"

namespace bpfcheck::differential {
namespace {

/// What the tables call a kernel, its release, and the BTF that stands for it.
constexpr std::array<const char*, 3> kernels[] = {
    {"5.10", "5.10.262", "5.10.262-amd64"}, {"6.1", "6.1.192", "6.1.192-amd64"}, {"6.12", "6.12.117", "6.12.117-amd64"},
    {"6.18", "6.18.44", "6.18.15-amd64"},   {"7.0", "7.0.13", "7.0.13-amd64"},   {"7.2", "7.2.12", "7.2.12-amd64"},
    {"7.3", "7.3.4", "7.3.4-amd64"}};
constexpr const char* tables[] = {"transfer", "memory", "flow", "search"};

const Target& target_of(const std::string& kernel) {
  static std::map<std::string, Target> targets;
  if (const auto known = targets.find(kernel); known != targets.end()) return known->second;
  for (const auto& [name, release, btf_name] : kernels)
    if (kernel == name)
      return targets
          .emplace(kernel, make_target(*btf::open(fmt::format(CORPUS_DIR "/btf/{}.btf.xz", btf_name)), release))
          .first->second;
  throw std::runtime_error("no kernel is called " + kernel);
}

class Table : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto read = read_table(fmt::format(TEST_DIR "/{}/cases.txt", GetParam()));
    ASSERT_TRUE(read) << read.error().text();
    cases = std::move(*read);
    EXPECT_GE(cases.size(), 15u);
  }
  std::vector<TableCase> cases;
};
INSTANTIATE_TEST_SUITE_P(Rooms, Table, testing::ValuesIn(tables),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Table, IsWhatTheSimulationSays) {
  for (const TableCase& c : cases) {
    ASSERT_FALSE(c.answers.empty()) << c.text;
    for (const Answer& a : c.answers)
      for (const std::string& kernel : a.kernels)
        EXPECT_EQ(contradiction(a, simulate(c.program, target_of(kernel), true)), "") << kernel << ": " << c.text;
  }
}

TEST_P(Table, IsWhatTheRunningKernelSays) {
  NEEDS_BPF();
  if (!running_kernel().starts_with("6.18.44 ")) GTEST_SKIP() << "the tables do not speak of " << running_kernel();
  auto btf = btf::open("/sys/kernel/btf/vmlinux");
  ASSERT_TRUE(btf) << btf.error().text();
  auto kernel = Kernel::open(*btf);
  ASSERT_TRUE(kernel) << kernel.error().text();
  for (const TableCase& c : cases) {
    for (const Answer& a : c.answers) {
      if (std::ranges::find(a.kernels, "6.18") == a.kernels.end()) continue;
      EXPECT_EQ(contradiction(a, kernel->judge(c.program, true)), "") << c.text;
    }
  }
}

/// Fields that an instruction does not read are not printed.
TEST(Assemble, TakesWhatTheDisassemblerPrints) {
  for (u64 seed = 1; seed <= 300; seed++) {
    const Insns insns = generate(seed).insns;
    const std::string text = notation(insns);
    const auto again = assemble(text);
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(notation(*again), text);
    ASSERT_EQ(again->size(), insns.size());
    for (size_t i = 0; i < insns.size(); i++) EXPECT_EQ((*again)[i].code, insns[i].code) << "seed " << seed;
  }
}

}  // namespace
}  // namespace bpfcheck::differential
