// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The catalogue of messages: its rows are whole, and come out in each kernel's words.
#include "kernel_db/messages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "kernel_db/explanations.h"
#include "kernel_db/target.h"
#include "kernel_db/types.h"

namespace bpfcheck {
namespace {

std::vector<Msg> all_codes() {
  std::vector<Msg> out;
  for (u16 i = 1; i < static_cast<u16>(Msg::count); i++) out.push_back(static_cast<Msg>(i));
  return out;
}

/// An operand for each place of a code's words that its format takes.
Operands sample_operands(Msg m) {
  Operands out;
  for (const Place& p : parse_words(msg_info(m).words).places) {
    if (p.name == "type" || p.name == "actual")
      out.push_back(RegTypes{{PTR_TO_MAP_VALUE | PTR_MAYBE_NULL}});
    else if (p.name == "var_off")
      out.push_back(TrackedBits{0, 0xff});
    else
      out.push_back(s64{3});
  }
  return out;
}

TEST(Messages, OperandsHaveNamesOfTheirOwn) {
  for (const Msg m : all_codes()) {
    std::set<std::string_view> names;
    for (const Place& p : parse_words(msg_info(m).words).places) {
      EXPECT_FALSE(p.name.empty()) << msg_info(m).code;
      EXPECT_TRUE(names.insert(p.name).second) << msg_info(m).code << " has two operands " << p.name;
    }
  }
}

TEST(Messages, OtherWordsNameTheCodesOperands) {
  for (const WordsRow& row : other_words()) {
    SCOPED_TRACE(std::string(msg_info(row.code).code) + ": " + std::string(row.words));
    for (const Place& p : parse_words(row.words).places) EXPECT_TRUE(operand_index(row.code, p.name)) << p.name;
    if (!row.operand.empty()) {
      EXPECT_TRUE(operand_index(row.code, row.operand)) << row.operand;
    }
  }
}

TEST(Messages, EveryRowFormatsInEveryEra) {
  for (const char* kernel : {"4.14", "5.10", "5.15", "6.1", "6.6", "6.8", "6.12", "6.18", "7.0", "7.2", "7.3"}) {
    const Wording wording = make_target(nullptr, kernel).wording;
    for (const Msg m : all_codes()) {
      SCOPED_TRACE(std::string(kernel) + " " + std::string(msg_info(m).code));
      std::string words;
      EXPECT_NO_THROW(words = format_message(m, sample_operands(m), wording));
      if (!wording.words(m, sample_operands(m)).empty()) {
        EXPECT_FALSE(words.empty());
      }
    }
  }
}

TEST(Messages, OperandsAreTakenByName) {
  const Operands operands{u64{7}, RegTypes{{SCALAR_VALUE}}};
  EXPECT_EQ(number_operand(Msg::InvalidMemAccess, operands, "regno"), 7);
  EXPECT_FALSE(number_operand(Msg::InvalidMemAccess, operands, "type"));
  EXPECT_FALSE(number_operand(Msg::InvalidMemAccess, operands, "off"));
  EXPECT_EQ(format_message(Msg::InvalidMemAccess, operands, Wording()), "R7 invalid mem access 'scalar'");
  EXPECT_EQ(format_message(Msg::InvalidMemAccess, operands, make_target(nullptr, "5.15").wording),
            "R7 invalid mem access 'inv'");
}

/// reg_type_str: the list of kernel/bpf/verifier.c in 5.10, one prefix there in 6.1, all in kernel/bpf/log.c of 6.18.
TEST(Messages, TypesAreNamedByEra) {
  struct Case {
    u32 type;
    const char *listed, *one, *all;
  } cases[] = {
      {SCALAR_VALUE, "inv", "scalar", "scalar"},
      {PTR_TO_MAP_VALUE | PTR_MAYBE_NULL, "map_value_or_null", "map_value_or_null", "map_value_or_null"},
      {PTR_TO_BTF_ID | PTR_MAYBE_NULL | PTR_TRUSTED, "ptr_or_null_", "ptr_or_null_", "trusted_ptr_or_null_"},
      {PTR_TO_BTF_ID | MEM_PERCPU, "percpu_ptr_", "percpu_ptr_", "percpu_ptr_"},
      {PTR_TO_MEM | MEM_RINGBUF | PTR_MAYBE_NULL, "mem_or_null", "alloc_mem_or_null", "ringbuf_mem_or_null"},
      {PTR_TO_MEM | MEM_RDONLY | PTR_UNTRUSTED, "mem", "untrusted_mem", "rdonly_untrusted_mem"},
      {PTR_TO_BUF, "rdwr_buf", "buf", "buf"},
      {PTR_TO_BUF | MEM_RDONLY, "rdonly_buf", "rdonly_buf", "rdonly_buf"},
  };
  const TypeNames listed = make_target(nullptr, "5.10").wording.types(),
                  one = make_target(nullptr, "6.1").wording.types();
  for (const Case& c : cases) {
    EXPECT_EQ(listed.of(c.type), c.listed);
    EXPECT_EQ(one.of(c.type), c.one);
    EXPECT_EQ(TypeNames().of(c.type), c.all);
  }
}

TEST(Messages, BitsAreShownByEra) {
  const TrackedBits four{4, 0}, minus_four{~u64{3}, 0}, some{0, 0xff};
  const TypeNames older = make_target(nullptr, "6.6").wording.types(),
                  newer = make_target(nullptr, "7.2").wording.types();
  EXPECT_EQ(older.of(four), "(0x4; 0x0)");
  EXPECT_EQ(TypeNames().of(four), "4");
  EXPECT_EQ(TypeNames().of(minus_four), "0xfffffffffffffffc");
  EXPECT_EQ(newer.of(minus_four), "-4");
  for (const TypeNames& names : {older, TypeNames(), newer}) EXPECT_EQ(names.of(some), "(0x0; 0xff)");
}

/// True where the words, with anything in their places, are this line.
bool fits(std::string_view words, std::string_view line) {
  const Words w = parse_words(words);
  if (!line.starts_with(w.literals[0])) return false;
  line.remove_prefix(w.literals[0].size());
  for (size_t i = 0; i < w.places.size(); i++) {
    const std::string& next = w.literals[i + 1];
    const bool last = i + 1 == w.places.size();
    const size_t at = last && !w.open ? (line.ends_with(next) ? line.size() - next.size() : std::string_view::npos)
                      : w.places[i].left_out() ? 0
                                               : line.find(next);
    if (at == std::string_view::npos) return false;
    line.remove_prefix(at + next.size());
  }
  return line.empty() || w.open;
}

/// corpus/truth/words: what kernels said of their own tests and of this project's programs, a line a kind.
TEST(Messages, EveryKernelsWordsComeOutAsItSaidThem) {
  size_t lines = 0;
  for (const char* kernel :
       {"5.10.262", "5.15.215", "6.1.192", "6.6.57", "6.8.1", "6.12.117", "6.18.15", "7.0.13", "7.2.12", "7.3.4"}) {
    const Wording wording = make_target(nullptr, kernel).wording;
    std::ifstream in(CORPUS_DIR "/truth/words/" + std::string(kernel) + ".txt");
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with('#')) continue;
      SCOPED_TRACE(std::string(kernel) + ": " + line);
      const auto said = recognise(line);
      ASSERT_TRUE(said);
      EXPECT_TRUE(fits(wording.words(said->code, said->operands), line))
          << msg_info(said->code).code << " has the words \"" << wording.words(said->code, said->operands) << '"';
      lines++;
    }
  }
  EXPECT_GT(lines, 1600u);
}

TEST(Messages, AStableReleaseMayHaveTheWordsOfMainline) {
  auto words = [](const char* kernel) {
    return format_message(Msg::InvalidStackAccess, {std::string(" write to"), u64{1}, s64{8}, s64{4}, s64{0}},
                          make_target(nullptr, kernel).wording);
  };
  EXPECT_EQ(words("5.12"), "invalid write to stack R1 off=8 size=4");
  EXPECT_EQ(words("5.10.33"), "invalid write to stack R1 off=8 size=4");
  EXPECT_EQ(words("5.10.32"), "invalid stack off=8 size=4");
  EXPECT_EQ(words("5.11.33"), "invalid stack off=8 size=4");
  EXPECT_EQ(words("5.10"), "invalid write to stack R1 off=8 size=4") << "a branch is taken as at its end";
}

}  // namespace
}  // namespace bpfcheck
