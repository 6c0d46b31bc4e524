// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The corpus against what real kernels said of it: verdict, errno, words and instruction count of every program.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "btf/source.h"
#include "judge/judge.h"
#include "verifier_sim/log/kernel_log.h"
#include "verifier_sim/verify.h"

namespace bpfcheck {
namespace {

struct Truth {
  std::string object, prog, stage, verdict, msg;
  int errnum;
  s64 processed;
};

std::vector<Truth> read_truth(const std::string& path) {
  std::vector<Truth> rows;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    auto j = nlohmann::json::parse(line);
    rows.push_back(
        {j["object"], j["prog"], j.value("stage", "verify"), j["verdict"], j["msg"], j["errno"], j["processed"]});
  }
  return rows;
}

class Corpus : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto btf = btf::open(CORPUS_DIR "/btf/6.18.15-amd64.btf.xz");
    ASSERT_TRUE(btf) << btf.error().text();
    target_ = new Target(make_target(*btf));
    late_ = new Target(make_target(*btf, "6.18.44"));
  }

  /// Rows that reached the verifier.
  void compare(const std::string& file, const Target& target, size_t least);

  static inline const Target *target_ = nullptr, *late_ = nullptr;
};

TEST_F(Corpus, KernelLineAndReleaseAreRecognised) {
  EXPECT_EQ(target_->version, 0x0612u);
  EXPECT_EQ(target_->arch, Arch::x86_64);
  EXPECT_EQ(target_->levels.least, 14u);
  EXPECT_EQ(target_->levels.most, 15u);
  EXPECT_TRUE(late_->levels.exact());
}

void Corpus::compare(const std::string& file, const Target& target, size_t least) {
  auto truth = read_truth(CORPUS_DIR "/truth/" + file);
  ASSERT_GE(truth.size(), least);
  std::map<std::string, std::vector<loader::Object>> objects;
  for (const Truth& t : truth) {
    SCOPED_TRACE(file + ": " + t.object + " " + t.prog);
    auto& opened = objects[t.object];
    if (opened.empty()) {
      auto o = loader::open_file(CORPUS_DIR "/objects/" + t.object);
      ASSERT_TRUE(o) << o.error().text();
      opened = std::move(*o);
    }
    const loader::ObjectProgram* prog = nullptr;
    for (const auto& p : opened[0].programs)
      if (p.name == t.prog) prog = &p;
    ASSERT_NE(prog, nullptr);
    auto linked = judge::link(opened[0], *prog, target);
    ASSERT_TRUE(linked) << linked.error().text();
    sim::Verdict v = sim::verify(*linked, target);
    ASSERT_NE(v.kind, sim::Verdict::Kind::Unsupported) << v.unsupported;
    EXPECT_EQ(v.kind == sim::Verdict::Kind::Accept ? "accept" : "reject", t.verdict) << v.reject.text(target.wording);
    EXPECT_EQ(v.before_verifier, t.stage == "maps");
    if (v.before_verifier) continue;
    EXPECT_EQ(v.stats.processed, t.processed);
    if (t.verdict == "accept") continue;
    EXPECT_EQ(v.reject.errnum, t.errnum);
    sim::KernelLog log(1);
    sim::verify(*linked, target, &log);
    EXPECT_EQ(log.last_line(), t.msg);
  }
}

TEST_F(Corpus, EveryProgramAsTheKernelDecided) { compare("6.18.44.jsonl", *late_, 40); }

/// The same by an earlier release of the line, known by the BTF alone.
TEST_F(Corpus, EveryProgramAsAnEarlierReleaseDecided) { compare("6.18.15.jsonl", *target_, 400); }

TEST_F(Corpus, EveryProgramAsTheKernelDecidedForAnUnprivilegedProcess) {
  Target unprivileged = *target_;
  unprivileged.caps = {.bpf = false, .perfmon = false, .net_admin = false, .sys_admin = false};
  compare("6.18.15.caps-none.jsonl", unprivileged, 130);
}

TEST_F(Corpus, BrokenObjectsGiveOneErrorAndNeverCrash) {
  for (const auto& entry : std::filesystem::directory_iterator(CORPUS_DIR "/objects")) {
    auto file = map_file(entry.path());
    ASSERT_TRUE(file);
    const Bytes whole = file->bytes;
    for (size_t n = 0; n < whole.size(); n += whole.size() / 60 + 1) {  // cut off
      auto o = loader::open_object(Blob::own({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)}), "cut");
      if (!o) {
        EXPECT_FALSE(o.error().what.empty());
      }
    }
    for (size_t at = 0; at < whole.size();
         at += 97 + whole.size() / 100) {  // a byte flipped, and verified if it still links
      std::vector<u8> copy(whole.begin(), whole.end());
      copy[at] ^= 0xff;
      auto o = loader::open_object(Blob::own(std::move(copy)), "flipped");
      if (!o) continue;
      for (const auto& p : o->programs)
        if (p.entry)
          if (auto l = judge::link(*o, p, *target_)) (void)sim::verify(*l, *target_);
    }
  }
}

}  // namespace
}  // namespace bpfcheck
