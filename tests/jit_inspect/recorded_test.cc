// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Recorded programs, shown without a kernel. In recorded/: NAME.json is what `bpfcheck jited --record` read from
// Linux 6.18.44 on x86-64, NAME.xlated what `bpftool prog dump xlated` printed of the same program, NAME.sizes the
// sizes of the native instructions as llvm-objdump 19 finds them. NAME_arm64.* are of Linux 6.18.15 (Debian's cloud
// kernel in an emulated machine with all that QEMU 7.2 has of the architecture): there a program of a few system calls
// loaded what bpfcheck had linked for that kernel, and wrote down what it read back.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "jit_inspect/arm64_atomics.h"
#include "jit_inspect/native_map.h"
#include "jit_inspect/rewrite_diff.h"
#include "jit_inspect/xlated_text.h"
#include "report/native.h"

namespace bpfcheck::jit {
namespace {

std::string read(const std::string& name) {
  std::ifstream in(TEST_DIR "/jit_inspect/recorded/" + name);
  std::stringstream s;
  s << in.rdbuf();
  return s.str();
}

ProgramDump dump_of(const std::string& name) {
  auto d = dump_from_json(read(name + ".json"), name);
  EXPECT_TRUE(d) << d.error().text();
  return d ? std::move(*d) : ProgramDump{};
}

class Recorded : public testing::TestWithParam<const char*> {};
class BesideBpftool : public Recorded {};
INSTANTIATE_TEST_SUITE_P(X86, Recorded, testing::Values("counts", "execsnoop", "one_frame"),
                         [](const auto& p) { return p.param; });
INSTANTIATE_TEST_SUITE_P(X86, BesideBpftool, testing::Values("counts", "execsnoop", "one_frame"),
                         [](const auto& p) { return p.param; });
INSTANTIATE_TEST_SUITE_P(Arm64, Recorded,
                         testing::Values("counts_arm64", "execsnoop_arm64", "one_frame_arm64", "atomic_on_stack_arm64",
                                         "sums_arm64"),
                         [](const auto& p) { return p.param; });

TEST_P(BesideBpftool, XlatedReadsAsItPrintsIt) {
  EXPECT_EQ(xlated_text(dump_of(GetParam())), read(std::string(GetParam()) + ".xlated"));
}

TEST_P(Recorded, EveryByteIsInOneInstructionAndOneLine) {
  const ProgramDump d = dump_of(GetParam());
  auto image = image_from_kernel(d);
  ASSERT_TRUE(image) << image.error().text();
  auto map = map_native(d, *image);
  ASSERT_TRUE(map) << map.error().text();
  std::vector<u32> sizes, next(map->functions.size(), 0);
  u32 insn = 0;
  for (const MapRow& row : map->rows) {
    u32 bytes = 0;
    for (const NativeInsn& n : row.native) {
      EXPECT_TRUE(n.known);
      EXPECT_EQ(n.offset, next[row.function]);
      next[row.function] += n.size;
      bytes += n.size;
      sizes.push_back(n.size);
    }
    EXPECT_EQ(bytes, row.bytes);
    for (const auto& [index, text] : row.bpf) {
      EXPECT_EQ(index, insn);
      insn += d.info.xlated[index].code == bpf::LD_IMM64 ? 2 : 1;
    }
  }
  EXPECT_EQ(insn, d.info.xlated.size());
  u32 of_lines = 0;
  for (const LineSize& l : map->lines) of_lines += l.bytes;
  EXPECT_EQ(of_lines, d.info.jited_len);

  std::istringstream llvm(read(std::string(GetParam()) + ".sizes"));
  EXPECT_EQ(sizes, std::vector<u32>(std::istream_iterator<u32>(llvm), {}));
}

TEST_P(Recorded, IsWrittenAsItWasRead) {
  const ProgramDump d = dump_of(GetParam());
  const std::string text = to_json(d);
  auto again = dump_from_json(text, "again");
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(to_json(*again), text);
  EXPECT_EQ(xlated_text(*again), xlated_text(d));
}

TEST(RewriteDiff, ContextAccessAndInlinedLookUp) {
  const ProgramDump d = dump_of("counts");
  auto diff = diff_rewrite(d);
  ASSERT_TRUE(diff) << diff.error().text();
  ASSERT_EQ(diff->changes.size(), 2u);
  EXPECT_EQ(diff->changes[0].kind, RewriteKind::Context);
  EXPECT_EQ(diff->changes[1].kind, RewriteKind::InlinedHelper);
  ASSERT_EQ(diff->helpers.size(), 1u);
  EXPECT_EQ(diff->helpers[0].helper, "bpf_map_lookup_elem");
  EXPECT_EQ(diff->helpers[0].fate, HelperFate::Fate::Inlined);
  // Both programs are in the diff, whole and in order.
  s32 loaded = -1, xlated = -1;
  for (const DiffLine& l : diff->lines) {
    if (l.loaded >= 0) {
      EXPECT_GT(l.loaded, loaded);
      loaded = l.loaded;
    }
    if (l.xlated >= 0) {
      EXPECT_GT(l.xlated, xlated);
      xlated = l.xlated;
    }
    EXPECT_EQ(l.sign == '-', l.xlated < 0);
    EXPECT_EQ(l.sign == '+', l.loaded < 0);
  }
}

TEST(RewriteDiff, RemovedCodeIsSeen) {
  ProgramDump d = dump_of("counts");
  d.info.xlated.erase(d.info.xlated.begin(), d.info.xlated.begin() + 1);
  for (auto& l : d.info.line_info) l.insn_off -= l.insn_off > 0;
  auto diff = diff_rewrite(d);
  ASSERT_TRUE(diff);
  EXPECT_EQ(diff->changes[0].kind, RewriteKind::DeadCode);
}

TEST(RewriteDiff, NeedsTheLoadedProgram) {
  ProgramDump d = dump_of("counts");
  d.loaded.reset();
  EXPECT_FALSE(diff_rewrite(d));
}

TEST(Hidden, NativeCodeThatIsNotShownIsAnErrorThatNamesTheSysctl) {
  ProgramDump d = dump_of("counts");
  d.info.jited.clear();
  d.hidden = {"native code is hidden: kernel.kptr_restrict, or this process lacks CAP_SYSLOG"};
  auto image = image_from_kernel(d);
  ASSERT_FALSE(image);
  EXPECT_NE(image.error().what.find("kernel.kptr_restrict"), std::string::npos);
}

TEST(Hidden, WithoutAddressesAFunctionIsOnePiece) {
  ProgramDump d = dump_of("one_frame");
  d.info.ksyms.clear();
  d.info.jited_lines.clear();
  auto image = image_from_kernel(d);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->functions.size(), 2u);
  EXPECT_EQ(image->pieces.size(), 2u);
  EXPECT_EQ(image->pieces[1].code_end, image->functions[1].code.size());
}

TEST(Dump, MalformedFilesGiveOneError) {
  const std::string good = read("counts.json");
  EXPECT_FALSE(dump_from_json("", "x"));
  EXPECT_FALSE(dump_from_json("{}", "x"));
  EXPECT_FALSE(dump_from_json("[1, 2]", "x"));
  for (size_t n = 0; n < good.size(); n += good.size() / 40) EXPECT_FALSE(dump_from_json(good.substr(0, n), "x"));
  for (size_t at = 0; at < good.size(); at += 61) {  // a character changed: an error, or something that can be shown
    std::string bad = good;
    bad[at] = bad[at] == '7' ? 'f' : '7';
    auto d = dump_from_json(bad, "x");
    if (!d) continue;
    (void)xlated_text(*d);
    (void)diff_rewrite(*d);
    if (auto image = image_from_kernel(*d)) (void)map_native(*d, *image);
  }
}

TEST(NativeDisasm, Arm64) {
  const u8 code[] = {0x00, 0x00, 0x80, 0xd2, 0xfd, 0x7b, 0xbf, 0xa9, 0x02, 0x00, 0x00, 0x94, 0xc0, 0x03, 0x5f, 0xd6};
  auto insns =
      disassemble_native(Arch::arm64, code, 0x1000, [](u64 a) { return a == 0x1010 ? std::string("helper") : ""; });
  ASSERT_TRUE(insns);
  ASSERT_EQ(insns->size(), 4u);
  EXPECT_EQ((*insns)[0].text, "movz x0, #0");
  EXPECT_EQ((*insns)[1].text, "stp x29, x30, [sp, #-0x10]!");
  EXPECT_EQ((*insns)[2].text, "bl #0x1010 <helper>");
  EXPECT_EQ((*insns)[3].text, "ret");
}

/// What llvm-mc 19 prints of these (--triple=aarch64 --mattr=+lse).
TEST(NativeDisasm, Arm64AtomicsReadAsLlvmPrintsThem) {
  constexpr std::pair<u32, const char*> known[] = {
      {0xf821015f, "stadd x1, [x10]"},       {0xb821015f, "stadd w1, [x10]"},
      {0xf822115f, "stclr x2, [x10]"},       {0xb822215f, "steor w2, [x10]"},
      {0xf822315f, "stset x2, [x10]"},       {0xf8e30144, "ldaddal x3, x4, [x10]"},
      {0xb8e30144, "ldaddal w3, w4, [x10]"}, {0xf8e31144, "ldclral x3, x4, [x10]"},
      {0xf8e32144, "ldeoral x3, x4, [x10]"}, {0xb8e33144, "ldsetal w3, w4, [x10]"},
      {0xf8e78140, "swpal x7, x0, [x10]"},   {0xb8e78140, "swpal w7, w0, [x10]"},
      {0xc8e7fd40, "casal x7, x0, [x10]"},   {0x88e7fd40, "casal w7, w0, [x10]"},
      {0xc8a77fe0, "cas x7, x0, [sp]"},      {0xf8a303ff, "ldadda x3, xzr, [sp]"},
      {0xf86303ff, "staddl x3, [sp]"},       {0x38214062, "ldsmaxb w1, w2, [x3]"},
      {0x7821807f, "swph w1, wzr, [x3]"},    {0x08e1fc62, "casalb w1, w2, [x3]"}};
  for (const auto& [insn, text] : known) EXPECT_EQ(arm64_atomic(insn), text);
  for (u32 other : {0xd65f03c0u, 0xf9400020u, 0x94000002u, 0u, ~0u}) EXPECT_EQ(arm64_atomic(other), "");
}

TEST(NativeMap, Arm64CallsAreNamed) {
  const ProgramDump d = dump_of("one_frame_arm64");
  auto image = image_from_kernel(d);
  ASSERT_TRUE(image) << image.error().text();
  auto map = map_native(d, *image);
  ASSERT_TRUE(map) << map.error().text();
  size_t calls = 0;
  for (const MapRow& row : map->rows)
    for (const NativeInsn& n : row.native)
      calls += n.text.starts_with("bl #") && n.text.ends_with("<bpf_prog_e7e7a03cdbeaaebb_inner>");
  EXPECT_EQ(calls, 1u);
  const std::string text = report::native_text(d, *map, nullptr, report::palette(false));
  EXPECT_NE(text.find("sub sp, sp, #0x190"), std::string::npos) << text;
}

TEST(NativeDisasm, BytesThatAreNoInstructionAreShownAsBytes) {
  const u8 code[] = {0x06, 0xc3};  // 06: push es, not in 64-bit mode
  auto insns = disassemble_native(Arch::x86_64, code, 0, [](u64) { return std::string(); });
  ASSERT_TRUE(insns);
  ASSERT_EQ(insns->size(), 2u);
  EXPECT_FALSE((*insns)[0].known);
  EXPECT_EQ((*insns)[0].text, ".byte 0x06");
  EXPECT_EQ((*insns)[1].text, "ret");
}

TEST(NativeDisasm, OtherArchitecturesAreRefused) {
  EXPECT_FALSE(disassemble_native(Arch::s390x, {}, 0, [](u64) { return std::string(); }));
}

}  // namespace
}  // namespace bpfcheck::jit
