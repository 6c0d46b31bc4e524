// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Diagnostics of every corpus program that is rejected, against golden files. No kernel produced those: they hold
// bpfcheck's own wording, checked by a person. BPFCHECK_REBASE=1 rewrites them; read the difference before committing
// it.
#include "report/diagnostic.h"

#include <filesystem>

#include "report/call_chain.h"
#include "report/cause.h"
#include "report/text.h"
#include "report/words.h"
#include "tests/report/corpus_object.h"
#include "verifier_sim/verify.h"

namespace bpfcheck {
namespace {

std::string read(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string diagnostics_of(const std::string& object) {
  std::string out = "# bpfcheck's own words (no kernel's), checked by a person. Rewrite: BPFCHECK_REBASE=1.\n";
  for (const tests::Said& s : tests::kernel_said()) {
    if (s.object != object || s.verdict != "reject") continue;
    const auto prog = tests::corpus_program(object, s.prog);
    const auto d = report::diagnose(prog, tests::corpus_target(), sim::verify(prog, tests::corpus_target()),
                                    CORPUS_DIR "/programs/" + object, s.msg);
    out += "\n" + s.prog + ": " + s.msg + "\n" + report::to_text(d, report::palette(false));
  }
  return out;
}

TEST(Diagnostic, Golden) {
  for (const char* object :
       {"xdp_parser.bpf.o", "maps.bpf.o", "execsnoop.bpf.o", "registers.bpf.o", "stack.bpf.o", "loops.bpf.o",
        "not_gpl.bpf.o", "locks.bpf.o", "kfuncs.bpf.o", "graphs.bpf.o", "subprogs.bpf.o", "descriptors.bpf.o"}) {
    const std::string path = std::string(TEST_DIR "/report/golden/") + object + ".txt";
    const std::string now = diagnostics_of(object);
    if (std::getenv("BPFCHECK_REBASE")) std::ofstream(path) << now;
    EXPECT_EQ(now, read(path)) << "BPFCHECK_REBASE=1 rewrites it";
  }
}

TEST(Diagnostic, NamesTheLineAndTheRegister) {
  const auto prog = tests::corpus_program("xdp_parser.bpf.o", "stale_after_adjust");
  const auto d = report::diagnose(prog, tests::corpus_target(), sim::verify(prog, tests::corpus_target()), "", "");
  EXPECT_EQ(d.at.line, 38u);
  ASSERT_EQ(d.path.size(), 3u);
  EXPECT_EQ(d.path[2].at.line, 36u);
  EXPECT_TRUE(d.path[2].words[0].contains("bpf_xdp_adjust_head()"));
}

report::Diagnostic of(const std::string& object, const std::string& program) {
  const auto prog = tests::corpus_program(object, program);
  return report::diagnose(prog, tests::corpus_target(), sim::verify(prog, tests::corpus_target()), "", "");
}

TEST(Diagnostic, NamesThePlaceWhereNothingWasExplored) {
  const auto d = of("descriptors.bpf.o", "map_by_a_number");
  EXPECT_EQ(d.code, "NotAMapFd");
  EXPECT_EQ(d.insn, 0u);
  EXPECT_EQ(of("graphs.bpf.o", "list_while_tracing").code, "TracingListHead");
  EXPECT_TRUE(of("graphs.bpf.o", "list_while_tracing").at.known());
}

TEST(Diagnostic, TellsWhichLockIsOpenAndSinceWhen) {
  const auto d = of("locks.bpf.o", "never_unlocks");
  EXPECT_TRUE(d.reason.contains("bpf_spin_lock()")) << d.reason;
  ASSERT_FALSE(d.path.empty());
  EXPECT_TRUE(d.path.front().words[0].starts_with("bpf_spin_lock() is called with a pointer to a value of map `flows`"))
      << d.path.front().words[0];
  EXPECT_TRUE(d.path.back().words[0].contains("this path goes on where")) << d.path.back().words[0];
}

TEST(Diagnostic, TellsTheLifeOfAnObjectOnTheStack) {
  const auto d = of("kfuncs.bpf.o", "dynptr_never_reserved");
  EXPECT_TRUE(d.reason.contains("which holds nothing")) << d.reason;
  std::string path;
  for (const auto& e : of("kfuncs.bpf.o", "dynptr_overwritten").path)
    for (const auto& w : e.words) path += w + "\n";
  EXPECT_TRUE(path.contains("makes a dynptr in the stack")) << path;
}

TEST(Diagnostic, WordsBeforeTheLastOnesNameTheArgument) {
  const auto d = of("subprogs.bpf.o", "passes_a_number");
  EXPECT_EQ(d.code, "InvalidArgsIntoFunc");
  EXPECT_NE(d.earlier_words, "");
  EXPECT_TRUE(d.reason.starts_with("Argument 1 of ")) << d.reason;
}

TEST(Diagnostic, ShowsInstructionsWhereOneLineHasThemAll) {
  const auto d = of("pointers.bpf.o", "context_moved");
  ASSERT_GE(d.neighbours.size(), 2u);
  EXPECT_EQ(d.neighbours[0].second, "(07) r1 += 4");
  EXPECT_EQ(of("pointers.bpf.o", "no_such_register").code, "RegisterInvalid");  // r15, which no state has
}

TEST(Diagnostic, NamesTheChainOfCalls) {
  const auto prog = tests::corpus_program("subprogs.bpf.o", "nine_levels_deep");
  const auto chain = report::heaviest_chain(prog, {});
  EXPECT_EQ(chain.size(), 10u);  // the program and its nine levels
  EXPECT_EQ(chain.front().call, -1);
  for (size_t i = 1; i < chain.size(); i++)
    EXPECT_TRUE(report::is_call(prog.insns[static_cast<size_t>(chain[i].call)]));
}

TEST(Diagnostic, PointsAtTheHottestLineOfATooLargeProgram) {
  const auto prog = tests::corpus_program("loops.bpf.o", "too_many");
  const auto d = report::diagnose(prog, tests::corpus_target(), sim::verify(prog, tests::corpus_target()), "", "");
  EXPECT_EQ(d.at.line, 30u);
}

TEST(Trace, EndsAtTheFailingInstruction) {
  const auto prog = tests::corpus_program("maps.bpf.o", "index_one_too_far");
  const auto trace = report::trace_path(prog, tests::corpus_target());
  ASSERT_FALSE(trace.empty());
  EXPECT_EQ(trace.last().insn, trace.verdict.insn);
  EXPECT_EQ(trace.last().insn, 12u);
  EXPECT_EQ(trace.steps[0].insn, 0u);
  for (size_t i = 1; i < trace.steps.size(); i++) EXPECT_NE(trace.steps[i].insn, trace.steps[i - 1].insn);
}

TEST(Trace, KeepsTheLastOfALongPath) {
  const auto prog = tests::corpus_program("loops.bpf.o", "too_many");
  const auto trace = report::trace_path(prog, tests::corpus_target(), 100);
  EXPECT_EQ(trace.steps.size(), 100u);
  EXPECT_GT(trace.left_out, 1000u);
}

TEST(Words, Ranges) {
  sim::Scalar s;
  s.set_unknown();
  EXPECT_EQ(report::describe_range(s), "of which nothing is known");
  sim::make_ranges({})->confine(s, 0, 15);
  EXPECT_EQ(report::describe_range(s), "from 0 to 15");
  sim::Reg r;
  EXPECT_EQ(report::describe(r), "without a value");
  r.type = PTR_TO_PACKET;
  r.set_known(0);
  EXPECT_EQ(report::describe(r), "a packet pointer of which nothing has been proved readable");
  r.u.range = 14;
  EXPECT_EQ(report::describe(r), "a packet pointer with 14 bytes proved readable from there");
}

}  // namespace
}  // namespace bpfcheck
