// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A judgement is a value: the kernel's word on corpus programs, whatever is asked beside it and however often.
#include "judge/judge.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "report/corpus_object.h"

namespace bpfcheck::judge {
namespace {

using tests::corpus_object;
using tests::corpus_target;
using Kind = Judgement::Kind;
using Stage = Judgement::Stage;

const loader::ObjectProgram& program(const loader::Object& object, std::string_view name) {
  for (const auto& p : object.programs)
    if (p.name == name) return p;
  throw std::out_of_range(std::string(name));
}

Judgement judged(const std::string& object, std::string_view name, const Target& target, const Options& options = {}) {
  const loader::Object& o = corpus_object(object);
  return judge(o, program(o, name), target, options);
}

TEST(Judge, SaysWhatTheKernelSaid) {
  size_t rows = 0;
  for (const tests::Said& said : tests::kernel_said()) {
    if (said.object != "locks.bpf.o" && said.object != "owned.bpf.o") continue;
    SCOPED_TRACE(said.object + " " + said.prog);
    const Judgement j = judged(said.object, said.prog, corpus_target());
    EXPECT_EQ(j.kind == Kind::Accept, said.verdict == "accept");
    EXPECT_EQ(j.stage, Stage::Verify);
    EXPECT_EQ(j.message, said.msg);
    EXPECT_EQ(j.refused_by_verifier(), said.verdict == "reject");
    EXPECT_EQ(j.insns, j.linked->insns.size());
    rows++;
  }
  EXPECT_GT(rows, 10u);
}

TEST(Judge, TheSameObjectForOtherTargetsInAnyOrder) {
  Target none = corpus_target();
  none.caps = {.bpf = false, .perfmon = false, .net_admin = false, .sys_admin = false};
  const Judgement first = judged("locks.bpf.o", corpus_object("locks.bpf.o").programs[0].name, corpus_target());
  for (const auto& p : corpus_object("locks.bpf.o").programs)
    if (p.entry) (void)judge(corpus_object("locks.bpf.o"), p, none);
  const Judgement again = judged("locks.bpf.o", corpus_object("locks.bpf.o").programs[0].name, corpus_target());
  EXPECT_EQ(first.kind, again.kind);
  EXPECT_EQ(first.message, again.message);
  EXPECT_EQ(first.verdict.stats.processed, again.verdict.stats.processed);
}

TEST(Judge, APlainRefusalBeforeTheVerifierHasWords) {
  Target none = corpus_target();
  none.caps = {.bpf = false, .perfmon = false, .net_admin = false, .sys_admin = false};
  const loader::Object& o = corpus_object("xdp_parser.bpf.o");
  const Judgement j = judge(o, o.programs.front(), none);
  EXPECT_EQ(j.kind, Kind::Reject);
  EXPECT_EQ(j.stage, Stage::Maps);
  EXPECT_EQ(j.errnum, EPERM);
  EXPECT_NE(j.message, "");
  EXPECT_FALSE(j.refused_by_verifier());
}

TEST(Judge, WhatIsNotLinkedIsRefusedByItsLoader) {
  loader::Object o = corpus_object("core.bpf.o");
  loader::ObjectProgram& p = o.programs.front();
  p.type = ProgType::UNSPEC;
  const Judgement j = judge(o, p, corpus_target());
  EXPECT_EQ(j.kind, Kind::Reject);
  EXPECT_EQ(j.stage, Stage::Maps);
  EXPECT_EQ(j.errnum, EINVAL);
  EXPECT_FALSE(j.linked);
  EXPECT_EQ(j.insns, p.insns.size());
}

TEST(Judge, KeepsTheLogAndTheCapabilitiesWhereTheyAreAskedFor) {
  const Judgement plain =
      judged("xdp_parser.bpf.o", corpus_object("xdp_parser.bpf.o").programs.front().name, corpus_target());
  ASSERT_EQ(plain.kind, Kind::Accept);
  EXPECT_EQ(plain.log, "");
  EXPECT_FALSE(plain.needs);
  const Judgement asked =
      judged("xdp_parser.bpf.o", plain.prog, corpus_target(), {.log_level = 2, .needed_caps = true});
  EXPECT_NE(asked.log.find("0: R1=ctx() R10=fp0"), std::string::npos);
  ASSERT_TRUE(asked.needs);
  EXPECT_EQ(asked.needs->front(), "CAP_BPF");
  EXPECT_EQ(asked.verdict.stats.processed, plain.verdict.stats.processed);
}

TEST(Judge, SourceLinesAreThereForAProcessThatLoadsNone) {
  Target none = corpus_target();
  none.caps = {.bpf = false, .perfmon = false, .net_admin = false, .sys_admin = false};
  const loader::Object& o = corpus_object("privilege.bpf.o");
  for (const auto& p : o.programs) {
    const Judgement j = judge(o, p, none);
    if (!j.refused_by_verifier()) continue;
    EXPECT_TRUE(j.linked->line_info.empty());
    EXPECT_FALSE(with_lines(j, o, p, none).line_info.empty());
    return;
  }
  FAIL() << "no program of privilege.bpf.o is refused by the verifier";
}

TEST(Judge, AnUnreadableFileAndTheOtherByteOrder) {
  const Judgement j = unreadable("x.o", {"x.o", "not an ELF file", EINVAL});
  EXPECT_EQ(j.stage, Stage::Open);
  EXPECT_EQ(j.kind, Kind::Reject);
  EXPECT_EQ(j.message, "x.o: not an ELF file");
  loader::Object o = corpus_object("core.bpf.o");
  EXPECT_TRUE(same_byte_order(o, corpus_target()));
  o.endian = Endian::big;
  EXPECT_FALSE(same_byte_order(o, corpus_target()));
}

}  // namespace
}  // namespace bpfcheck::judge
