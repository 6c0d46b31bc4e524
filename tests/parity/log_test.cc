// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The verifier's log of every corpus program against the one that a real kernel printed, line for line: in full (level
// 2 with statistics) and of the last path (level 1).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

#include "base/mapped_file.h"
#include "btf/decompress.h"
#include "btf/source.h"
#include "judge/judge.h"
#include "verifier_sim/log/kernel_log.h"
#include "verifier_sim/verify.h"

namespace bpfcheck {
namespace {

namespace fs = std::filesystem;

/// Left aside: how long the kernel took, addresses in its memory that an instruction loads, and type ids: the kernel
/// that printed the logs has other BTF than the corpus target.
std::vector<std::string> comparable(std::string_view log) {
  static const std::regex address(R"((\(18\) r\d+ = )0x[0-9a-f]+( *))");
  static const std::regex kernel_function(R"((call \w+)#\d{4,})"), type_id(R"(btf_id \d+)");
  std::vector<std::string> lines;
  std::istringstream in{std::string(log)};
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("verification time ")) continue;
    if (line.find("(18) r") != std::string::npos) line = std::regex_replace(line, address, "$1ADDRESS ");
    if (line.find("#") != std::string::npos) line = std::regex_replace(line, kernel_function, "$1#ID");
    if (line.find("btf_id") != std::string::npos) line = std::regex_replace(line, type_id, "btf_id ID");
    lines.push_back(std::move(line));
  }
  return lines;
}

class Logs : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto btf = btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
    ASSERT_TRUE(btf) << btf.error().text();
    target_ = new Target(make_target(*btf, "6.18.44"));
  }

  /// "loops.bpf.o.bounded.log.xz" or without .xz
  void compare(const fs::path& golden, u32 level, const Target& target = *target_) {
    SCOPED_TRACE(golden.filename().string());
    auto file = map_file(golden);
    ASSERT_TRUE(file);
    Blob text = *file;
    if (golden.extension() == ".xz") {
      auto plain = btf::unpack(*file, golden.string());
      ASSERT_TRUE(plain) << plain.error().text();
      text = *plain;
    }
    const std::string name = golden.filename().string();
    const auto dot = name.find(".bpf.o.") + 7;
    const std::string object = name.substr(0, dot - 1), prog = name.substr(dot, name.find(".log") - dot);
    auto& opened = objects_[object];
    if (opened.empty()) {
      auto o = loader::open_file(CORPUS_DIR "/objects/" + object);
      ASSERT_TRUE(o) << o.error().text();
      opened = std::move(*o);
    }
    for (const auto& p : opened[0].programs) {
      if (p.name != prog) continue;
      auto linked = judge::link(opened[0], p, target);
      ASSERT_TRUE(linked) << linked.error().text();
      sim::KernelLog log(level);
      sim::verify(*linked, target, &log);
      const auto want = comparable({reinterpret_cast<const char*>(text.bytes.data()), text.bytes.size()}),
                 have = comparable(log.text());
      for (size_t i = 0; i < std::min(want.size(), have.size()); i++) ASSERT_EQ(have[i], want[i]) << "line " << i + 1;
      ASSERT_EQ(have.size(), want.size());
      compared_++;
    }
  }

  static inline const Target* target_ = nullptr;
  std::map<std::string, std::vector<loader::Object>> objects_;
  size_t compared_ = 0;
};

TEST_F(Logs, InFullAsTheKernelPrintsThem) {
  for (const auto& entry : fs::directory_iterator(CORPUS_DIR "/truth/6.18.44.logs")) compare(entry.path(), 6);
  EXPECT_GE(compared_, 190u);
}

TEST_F(Logs, OfTheLastPathAsTheKernelPrintsThem) {
  for (const auto& entry : fs::directory_iterator(CORPUS_DIR "/truth/6.18.44.logs1")) compare(entry.path(), 5);
  EXPECT_GE(compared_, 160u);
}

/// Speculative paths and what they forbid.
TEST_F(Logs, WithoutPerfmonAsTheKernelPrintsThem) {
  Target bpf_only = *target_;
  bpf_only.caps = {.bpf = true, .perfmon = false, .net_admin = false, .sys_admin = false};
  for (const auto& entry : fs::directory_iterator(CORPUS_DIR "/truth/6.18.44.logs-caps-bpf"))
    compare(entry.path(), 6, bpf_only);
  EXPECT_GE(compared_, 12u);
}

TEST_F(Logs, StatisticsAlone) {
  auto objects = loader::open_file(CORPUS_DIR "/objects/loops.bpf.o");
  ASSERT_TRUE(objects);
  for (const auto& p : (*objects)[0].programs) {
    if (p.name != "bounded") continue;
    auto linked = judge::link((*objects)[0], p, *target_);
    ASSERT_TRUE(linked);
    sim::KernelLog log(4);
    sim::verify(*linked, *target_, &log);
    const auto lines = comparable(log.text());
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_TRUE(lines[0].starts_with("stack depth "));
    EXPECT_TRUE(lines[1].starts_with("processed "));
  }
}

}  // namespace
}  // namespace bpfcheck
