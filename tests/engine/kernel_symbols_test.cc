// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Whether a kernel finds the address of a variable that its BTF has: by its configuration, where that is known, and by
// its list of symbols.
#include <gtest/gtest.h>

#include "report/corpus_object.h"
#include "verifier_sim/verify.h"

namespace bpfcheck {
namespace {

constexpr const char* without = "ffffffff81000000 T _text\n";
constexpr const char* with_variable = "ffffffff81000000 T _text\n0000000000021f40 D runqueues\n";

Msg refusal(const Target& target) {
  return sim::verify(tests::corpus_program("ksyms.bpf.o", "variable_by_its_type", target), target).reject.code;
}

TEST(KernelSymbols, TheListDecidesWhereNoConfigurationIsKnown) {
  EXPECT_EQ(refusal(tests::corpus_target_with(without)), Msg::KsymNoAddress);
  EXPECT_EQ(refusal(tests::corpus_target_with(with_variable)), Msg::None);
}

TEST(KernelSymbols, TheConfigurationSaysWhatTheListHas) {
  EXPECT_EQ(refusal(tests::corpus_target_with(with_variable, Kconfig{{"CONFIG_KALLSYMS", "y"}})), Msg::KsymNoAddress);
  EXPECT_EQ(
      refusal(tests::corpus_target_with(without, Kconfig{{"CONFIG_KALLSYMS", "y"}, {"CONFIG_KALLSYMS_ALL", "y"}})),
      Msg::None);
}

}  // namespace
}  // namespace bpfcheck
