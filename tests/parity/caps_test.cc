// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a process may load with fewer capabilities, against a real kernel's word; and the fewest that each program
// needs.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "btf/source.h"
#include "cli/targets.h"
#include "judge/judge.h"
#include "judge/needed_caps.h"
#include "verifier_sim/verify.h"

namespace bpfcheck {
namespace {

constexpr const char* target_btf = CORPUS_DIR "/btf/6.18.15-amd64.btf.xz";

Target target_with(const std::string& caps) {
  cli::TargetOptions opts;
  opts.btfs = {target_btf};
  opts.kernels = {"6.18.44"};
  opts.caps = caps;
  auto targets = cli::open_targets(opts);
  if (!targets) {
    ADD_FAILURE() << targets.error().text();
    return {};
  }
  return std::move((*targets)[0]);
}

const loader::Object& object() {
  static const auto opened = loader::open_file(CORPUS_DIR "/objects/privilege.bpf.o");
  return (*opened)[0];
}

const loader::ObjectProgram& program(const std::string& name) {
  for (const auto& p : object().programs)
    if (p.name == name) return p;
  throw std::out_of_range(name);
}

TEST(Capabilities, EveryProgramAsTheKernelDecided) {
  std::ifstream in(CORPUS_DIR "/truth/6.18.44.caps.jsonl");
  std::map<std::string, Target> targets;
  size_t rows = 0;
  for (std::string line; std::getline(in, line); rows++) {
    const auto truth = nlohmann::json::parse(line);
    SCOPED_TRACE(truth["caps"].get<std::string>() + " " + truth["prog"].get<std::string>());
    const std::string caps = truth["caps"];
    if (!targets.contains(caps)) targets.emplace(caps, target_with(caps));
    auto linked = judge::link(object(), program(truth["prog"]), targets[caps]);
    ASSERT_TRUE(linked) << linked.error().text();
    const sim::Verdict v = sim::verify(*linked, targets[caps]);
    ASSERT_NE(v.kind, sim::Verdict::Kind::Unsupported) << v.unsupported;
    EXPECT_EQ(v.kind == sim::Verdict::Kind::Accept ? "accept" : "reject", truth["verdict"])
        << v.reject.text(targets.at(caps).wording);
    EXPECT_EQ(v.reject.errnum, truth["errno"]);
    EXPECT_EQ(v.before_verifier, truth["stage"] == "maps");
    if (v.before_verifier) continue;
    EXPECT_EQ(v.stats.processed, truth["processed"]);
    EXPECT_EQ(v.stats.total_states, truth["states"]);
    EXPECT_EQ(v.kind == sim::Verdict::Kind::Accept ? "" : v.reject.text(targets.at(caps).wording),
              truth["msg"].get<std::string>());
  }
  EXPECT_EQ(rows, 60u);
}

TEST(Capabilities, TheFewestThatAProgramNeeds) {
  const Target all = target_with("all");
  auto needed = [&](const std::string& name) {
    auto caps = judge::needed_caps(object(), program(name), all, {});
    return caps ? judge::caps_names(*caps) : std::vector<std::string>{"more than there are"};
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(needed("plain"), Names{});
  EXPECT_EQ(needed("calls"), Names{"CAP_BPF"});
  EXPECT_EQ(needed("stores_pointer_in_map"), (Names{"CAP_BPF", "CAP_PERFMON"}));
  EXPECT_EQ(needed("needs_net_admin"), (Names{"CAP_BPF", "CAP_NET_ADMIN"}));
  EXPECT_EQ(needed("needs_perfmon"), (Names{"CAP_BPF", "CAP_PERFMON"}));
}

TEST(Capabilities, UnknownNamesAreRefused) {
  cli::TargetOptions opts;
  opts.btfs = {target_btf};
  opts.caps = "bpf,chown";
  auto targets = cli::open_targets(opts);
  ASSERT_FALSE(targets);
  EXPECT_NE(targets.error().text().find("chown"), std::string::npos);
}

}  // namespace
}  // namespace bpfcheck
