// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Whether a kernel finds the address of a variable that its BTF has: by its configuration, where that is known, and by its
// list of symbols.
#include <gtest/gtest.h>

#include "kernel_db/kernel_facts.h"
#include "report/corpus_object.h"
#include "verifier_sim/verify.h"

namespace bpfcheck {
namespace {

constexpr const char* without = "ffffffff81000000 T _text\n";
constexpr const char* with_variable = "ffffffff81000000 T _text\n0000000000021f40 D runqueues\n";

Target kernel(const char* symbols, std::optional<Kconfig> config) {
  Target t = tests::corpus_target();
  auto facts = std::make_shared<KernelFacts>();
  facts->symbols = std::make_shared<SymbolTable>([=]() -> Result<std::string> { return symbols; });
  facts->config = std::move(config);
  t.facts = std::move(facts);
  return t;
}

Msg refusal(const Target& target) { return sim::verify(tests::corpus_program("ksyms.bpf.o", "variable_by_its_type", target), target).reject.code; }

TEST(KernelSymbols, TheListDecidesWhereNoConfigurationIsKnown) {
  EXPECT_EQ(refusal(kernel(without, std::nullopt)), Msg::KsymNoAddress);
  EXPECT_EQ(refusal(kernel(with_variable, std::nullopt)), Msg::None);
}

TEST(KernelSymbols, TheConfigurationSaysWhatTheListHas) {
  EXPECT_EQ(refusal(kernel(with_variable, Kconfig{{"CONFIG_KALLSYMS", "y"}})), Msg::KsymNoAddress);
  EXPECT_EQ(refusal(kernel(without, Kconfig{{"CONFIG_KALLSYMS", "y"}, {"CONFIG_KALLSYMS_ALL", "y"}})), Msg::None);
}

}  // namespace
}  // namespace bpfcheck
