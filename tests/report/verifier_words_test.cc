// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What people paste into `bpfcheck explain`: every line that the verifiers of five kernels can say (verifier_words.txt,
// read off their sources), what loaders say around it, and logs as other tools print them.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "base/near_name.h"
#include "kernel_db/explanations.h"
#include "report/explain.h"
#include "report/pasted_log.h"

namespace bpfcheck {
namespace {

/// A C format with numbers in its places, and `text` where a string stands.
std::string filled(std::string_view format, std::string_view text) {
  std::string out;
  for (size_t i = 0; i < format.size(); i++) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    const bool hash = format.substr(i).starts_with("%#");
    i = std::min(format.find_first_of("sdiuxXpcl%", i + 1), format.size());
    while (i < format.size() && format[i] == 'l') i++;
    const char kind = i < format.size() ? format[i] : '%';
    out += kind == 's' ? text : kind == '%' ? "%" : kind == 'c' ? "c" : kind == 'p' ? "0xffff" : hash ? "0x7" : "7";
  }
  return out;
}

bool is_explained(std::string_view format) {
  // A string in the words is a name, a register, a word that may be left out, or an argument.
  for (const char* text : {"foo", "R1", " direct", "arg#1", ""})
    if (report::explain_message(filled(format, text), report::palette(false))) return true;
  return false;
}

TEST(VerifierWords, OfEveryKernelAreExplained) {
  std::ifstream in(TEST_DIR "/report/verifier_words.txt");
  std::map<std::string, std::pair<size_t, size_t>> kernels;  // known, all
  std::string unknown;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    const size_t tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    const bool known = is_explained(line.substr(tab + 1));
    if (!known) unknown += line + "\n";
    for (size_t at = 0; at < tab;) {
      const size_t comma = std::min(line.find(',', at), tab);
      auto& [ours, all] = kernels[line.substr(at, comma - at)];
      ours += known;
      all++;
      at = comma + 1;
    }
  }
  EXPECT_EQ(kernels["5.10"].second, 319u);
  EXPECT_EQ(kernels["6.1"].second, 436u);
  EXPECT_EQ(kernels["6.12"].second, 584u);
  EXPECT_EQ(kernels["7.2"].second, 687u);
  EXPECT_EQ(kernels["7.3"].second, 754u);
  for (const auto& [kernel, counts] : kernels)
    EXPECT_GE(counts.first * 100, counts.second * 99) << kernel << ", not known:\n" << unknown;
}

TEST(VerifierWords, EveryLoadersLineIsFoundAgain) {
  for (const auto& [line, words] : std::map<std::string, std::string>{
           {"libbpf: prog 'tcp_v4': failed to find kernel BTF type ID of 'tcp_v4_connect2': -3", "inlined, renamed"},
           {"libbpf: extern (func ksym) 'bpf_nothing': not found in kernel or module BTFs", "bpf_ksym_exists"},
           {"field Xdp: program xdp: map lut: map create: operation not permitted (MEMLOCK may be too low, consider "
            "rlimit.RemoveMemlock)",
            "rlimit.RemoveMemlock()"},
           {"failed to create map `EVENTS` with code -22", "aya's words"}}) {
    auto text = report::explain_message(line, report::palette(false));
    ASSERT_TRUE(text) << line;
    EXPECT_TRUE(text->contains(words)) << *text;
  }
}

TEST(VerifierWords, TheVerifiersOwnGoBeforeALoaders) {
  auto text = report::explain_log(
      "libbpf: prog 'x': BPF program load failed: Permission denied\n"
      "libbpf: prog 'x': -- BEGIN PROG LOAD LOG --\n"
      "0: R1=ctx() R10=fp0\n"
      "0: (79) r0 = *(u64 *)(r2 +0)\n"
      "R2 !read_ok\n"
      "processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n"
      "-- END PROG LOAD LOG --\n"
      "libbpf: prog 'x': failed to load: -13\n"
      "libbpf: failed to load object 'x.bpf.o'\n",
      report::palette(false));
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->contains("R2 !read_ok") && text->contains("0: (79)")) << *text;
}

TEST(VerifierWords, LinesThatRefuseNothingAreSaidToBeSo) {
  auto text =
      report::explain_message("mark_precise: frame0: last_idx 7 first_idx 0 subseq_idx -1 ", report::palette(false));
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->contains("refuses nothing") && text->contains("must be exact")) << *text;
  EXPECT_FALSE(report::explain_message("no reason was given", report::palette(false)));
}

TEST(PastedLog, PrefixesOfOtherTools) {
  const std::vector<std::string> plain = {"0: (b7) r0 = 1", "1: (95) exit", "processed 2 insns (limit 1000000)"};
  for (const char* text : {"0: (b7) r0 = 1\n1: (95) exit\nprocessed 2 insns (limit 1000000)\n",
                           "0: (b7) r0 = 1 \r\n1: (95) exit\r\nprocessed 2 insns (limit 1000000)\r\n",
                           R"(0: (b7) r0 = 1\n1: (95) exit\nprocessed 2 insns (limit 1000000))",
                           "Dec 01 10:00:00 h agent[12]: 0: (b7) r0 = 1\nDec 01 10:00:00 h agent[12]: 1: (95) exit\n"
                           "Dec 01 10:00:00 h agent[12]: processed 2 insns (limit 1000000)\n",
                           "[    7.000001] 0: (b7) r0 = 1\n[    7.000002] 1: (95) exit\n"
                           "[    7.000003] processed 2 insns (limit 1000000)\n",
                           "  9\t0: (b7) r0 = 1\n 10\t1: (95) exit\n 11\tprocessed 2 insns (limit 1000000)\n",
                           " 9 | 0: (b7) r0 = 1\n10 | 1: (95) exit\n11 | processed 2 insns (limit 1000000)\n"})
    EXPECT_EQ(report::pasted_lines(text), plain) << text;
  EXPECT_TRUE(report::pasted_lines("").empty());
  EXPECT_EQ(report::pasted_lines("a[12]: x\nb\nc\n"), (std::vector<std::string>{"a[12]: x", "b", "c"}));
}

TEST(PastedLog, ThatEndsWellIsSaidToBeAccepted) {
  auto text =
      report::explain_log("0: (b7) r0 = 1\n1: (95) exit\nprocessed 2 insns (limit 1000000)\n", report::palette(false));
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->contains("accepted")) << *text;
}

TEST(ExplainNames, ErrnosAndRules) {
  for (const char* name : {"EACCES", "EINVAL", "ENOTSUPP", "AdviceSilentDrop", "LoadError", "Unsupported"})
    EXPECT_TRUE(report::explain_name(name, report::palette(false))) << name;
  EXPECT_FALSE(report::explain_name("ENOTHING", report::palette(false)));
  auto text = report::explain_message("invalid func unknown#158", report::palette(false));
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->contains("bpf_get_current_task_btf")) << *text;
}

TEST(NearName, Distances) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("chekc", "check"), 1u);
  EXPECT_EQ(edit_distance("Check", "check"), 0u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_TRUE(is_near_name("OutsidePackt", "OutsidePacket"));
  EXPECT_FALSE(is_near_name("Outside", "OutsidePacket"));
  EXPECT_EQ(report::similar_codes("OutsidePackt", 1), std::vector<Msg>{Msg::OutsidePacket});
}

}  // namespace
}  // namespace bpfcheck
