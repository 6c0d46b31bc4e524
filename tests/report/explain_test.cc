// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// `bpfcheck explain`: every row of the catalogue is explained and found again by its own words; every example fails and
// passes by a real kernel's word.
#include "report/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel_db/kernel_facts.h"
#include "report/source.h"
#include "tests/report/corpus_object.h"
#include "verifier_sim/verify.h"

namespace bpfcheck {
namespace {

using report::palette;

template <class Fn>
void for_each_code(Fn fn) {
  for (u16 i = 1; i < static_cast<u16>(Msg::count); i++) fn(static_cast<Msg>(i), msg_info(static_cast<Msg>(i)));
}

TEST(Explain, EveryTopicIsWhole) {
  for (u16 i = 1; i < static_cast<u16>(Topic::count); i++) {
    const TopicInfo& t = topic_info(static_cast<Topic>(i));
    SCOPED_TRACE(std::string(t.name));
    EXPECT_FALSE(t.title.empty() || t.cause.empty() || t.why.empty() || t.fix.empty());
  }
}

TEST(Explain, EveryRejectionHasATopic) {
  for_each_code([](Msg code, const MsgInfo& info) {
    if (!info.errnum) return;
    SCOPED_TRACE(std::string(info.code));
    EXPECT_NE(info.topic, Topic::None_);
    EXPECT_GT(report::explain_code(code, info.topic, palette(false)).size(), 200u);
  });
}

TEST(Explain, EveryMessageIsFoundAgain) {
  for_each_code([](Msg code, const MsgInfo& info) {
    if (!info.errnum) return;
    const std::string words = format_message(code, Operands(operand_count(code), u64{3}), Wording());
    SCOPED_TRACE(std::string(info.code) + ": " + words);
    for (const std::string& line : {words, "libbpf: prog 'x': " + words}) {
      auto found = recognise(line);
      ASSERT_TRUE(found);
      // Two rows may have the same words, with different errnos.
      EXPECT_TRUE(found->code == code ||
                  format_message(found->code, Operands(operand_count(found->code), u64{3}), Wording()) == words)
          << "taken for " << msg_info(found->code).code;
    }
  });
}

TEST(Explain, EveryCodeIsFoundByName) {
  for_each_code([](Msg code, const MsgInfo& info) { EXPECT_EQ(find_code(info.code), code); });
  EXPECT_EQ(find_code("outsidepacket"), Msg::OutsidePacket);
  EXPECT_FALSE(find_code("no such code"));
}

TEST(Explain, OtherKernelsWords) {
  for (const WordsRow& row : other_words()) {
    const Words words = parse_words(row.words);
    std::string line = words.literals[0];
    for (size_t i = 0; i < words.places.size(); i++)
      line += (words.places[i].name.ends_with("bits") ? "(7; 7)" : "7") + words.literals[i + 1];
    if (line.empty()) continue;
    auto found = recognise(line);
    ASSERT_TRUE(found) << line;
    // Two codes may have the same words.
    const std::string_view taken = found->row ? found->row->words : msg_info(found->code).words;
    EXPECT_TRUE(found->code == row.code || parse_words(taken).literals == words.literals)
        << line << " taken for " << msg_info(found->code).code;
  }
}

TEST(Explain, WhatNoKernelSays) {
  for (const char* line : {"", "   ", "R", "hello world", "processed 12 insns (limit 1000000) max_states_per_insn 0",
                           "{}", "%s%n", "R99999999999999999999"})
    EXPECT_FALSE(recognise(line)) << line;
  EXPECT_FALSE(report::explain_log("0: (b7) r0 = 1\n1: (95) exit\n", palette(false)));
  EXPECT_FALSE(recognise(std::string(1 << 20, ' ')));
  EXPECT_FALSE(recognise(std::string(1 << 20, 'R')));
}

/// ksyms.bpf.o asks for a kernel's symbols, and those that its word was recorded from have no variables.
const Target& target_for(const std::string& object) {
  static const Target with_symbols = tests::corpus_target_with("ffffffff81000000 T _text\n");
  return object == "ksyms.bpf.o" ? with_symbols : tests::corpus_target();
}

/// The kernel's words may end in a state; what the simulator says is held against them elsewhere.
TEST(Explain, ExamplesFailAndPassByAKernelsWord) {
  for (const report::Example& e : report::examples()) {
    SCOPED_TRACE(fmt::format("{}: {}, {}", e.file, e.fails, e.mended));
    const std::string object = std::string(e.file.substr(0, e.file.size() - 1)) + "o";
    auto* fails = tests::kernel_said(object, e.fails);
    const std::string mended_object = std::string(e.mended_file.substr(0, e.mended_file.size() - 1)) + "o";
    auto* mended = tests::kernel_said(mended_object, e.mended);
    ASSERT_TRUE(fails && mended) << "record both programs in corpus/truth";
    EXPECT_EQ(fails->verdict, "reject");
    EXPECT_EQ(mended->verdict, "accept");
    const Target& target = target_for(object);
    const sim::Verdict v = sim::verify(tests::corpus_program(object, std::string(e.fails), target), target);
    EXPECT_EQ(v.reject.code, e.code) << v.reject.text(target.wording);
    const Target& mended_target = target_for(mended_object);
    EXPECT_EQ(
        sim::verify(tests::corpus_program(mended_object, std::string(e.mended), mended_target), mended_target).kind,
        sim::Verdict::Kind::Accept);
    if (auto said = recognise(fails->msg); said && e.code != Msg::InfiniteLoop) {
      EXPECT_EQ(msg_info(said->code).words, msg_info(e.code).words);
      EXPECT_EQ(closer_topic(said->code, said->operands), e.topic);
    }
    EXPECT_NE(report::source_of_function(e.file, e.fails), "");
    EXPECT_NE(report::source_of_function(e.mended_file, e.mended), "");
  }
}

/// corpus/truth/selftest-messages.txt: what a real kernel says of its own tests, a message of each kind. Each is in the
/// catalogue and has an example.
TEST(Explain, EveryMessageOfTheKernelsTestsHasAnExample) {
  std::ifstream in(CORPUS_DIR "/truth/selftest-messages.txt");
  size_t explained = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    auto said = recognise(line);
    EXPECT_TRUE(said) << line << " is no message of the catalogue";
    if (!said) continue;
    const std::string_view words = msg_info(said->code).words;
    const bool has = std::ranges::any_of(report::examples(),
                                         [&](const report::Example& e) { return msg_info(e.code).words == words; });
    EXPECT_TRUE(has) << msg_info(said->code).code << " (\"" << line
                     << "\") has no example. Write a program that fails so and one that is mended in corpus/programs "
                        "(some may be there"
                     << " already: grep for what it does), compile both into corpus/objects, record the kernel's word "
                        "in corpus/truth/6.18.44.jsonl, and add a row to report/examples.def.";
    explained += has;
  }
  EXPECT_GE(explained, 130u);
}

TEST(Explain, LibbpfsWordsInPlaceOfTheKernels) {
  const std::string line =
      "failed to resolve CO-RE relocation <byte_off> [5] struct task_struct___old.state (0:0 @ offset 0)";
  auto text = report::explain_message(line, palette(false));
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->contains("CO-RE relocation failed")) << *text;
  text = report::explain_message("invalid func unknown#195896080", palette(false));
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->contains("CO-RE relocation failed") && text->contains("missing_field_guarded")) << *text;
  text = report::explain_message("kfunc 'bpf_nothing' is referenced but wasn't resolved", palette(false));
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->contains("bpf_ksym_exists")) << *text;
  const std::string log = "0: R1=ctx() R10=fp0\n; x = t->state; @ a.bpf.c:7\n0: <invalid CO-RE relocation>\n" + line +
                          "\nprocessed 1 insns (limit 1000000)\n";
  text = report::explain_log(log, palette(false));
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->contains("CO-RE relocation failed") && text->contains("a.bpf.c:7")) << *text;
}

TEST(Explain, KernelLogsOfThePast) {
  const std::string old = R"(0: (61) r2 = *(u32 *)(r1 +80)
1: (61) r1 = *(u32 *)(r1 +76)
2: (71) r0 = *(u8 *)(r1 +0)
 R1=pkt(id=0,off=0,r=0,imm=0) R2=pkt_end(id=0,off=0,imm=0) R10=fp0
; return *data;
invalid access to packet, off=0 size=1, R1(id=0,off=0,r=0)
R1 offset is outside of the packet
processed 3 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
)";
  auto text = report::explain_log(old, palette(false));
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->contains("OutsidePacket"));
  EXPECT_TRUE(text->contains("2: (71) r0 = *(u8 *)(r1 +0)"));
  EXPECT_TRUE(text->contains("R1 there     pkt(id=0,off=0,r=0,imm=0)"));
}

}  // namespace
}  // namespace bpfcheck
