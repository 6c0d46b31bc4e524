// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Every input that once broke a parser, and the fuzzers' own starting points, cut and bent.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/mapped_file.h"
#include "fuzz/targets.h"

namespace bpfcheck::fuzz {
namespace {

TEST(Fuzz, WhatWasFoundStaysMended) {
  for (const Target& target : targets()) {
    const std::string dir = TEST_DIR "/fuzz/regressions/" + std::string(target.name);
    if (!std::filesystem::exists(dir)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(dir)) {
      SCOPED_TRACE(entry.path().string());
      auto file = map_file(entry.path());
      ASSERT_TRUE(file) << file.error().text();
      target.run(file->bytes);
    }
  }
}

TEST(Fuzz, SeedsReachTheirParsersAndSurviveAFlippedByte) {
  auto object = map_file(CORPUS_DIR "/objects/execsnoop.bpf.o");
  ASSERT_TRUE(object);
  for (const Target& target : targets()) {
    const auto seeds = target.seeds(object->bytes);
    ASSERT_FALSE(seeds.empty()) << target.name;
    const auto& seed = seeds.front();
    ASSERT_GT(seed.size(), 100u) << target.name;
    target.run(seed);
    for (size_t at = 0; at < seed.size(); at += seed.size() / 50 + 1) {
      std::vector<u8> bent = seed;
      bent[at] ^= 0x55;
      target.run(bent);
      target.run(Bytes(seed).first(at));
    }
  }
}

TEST(Fuzz, PartsOfAnInputComeBackAsTheyWentIn) {
  const std::vector<u8> a = {1, 2, 3}, b = {4, 5};
  const std::vector<u8> joined = join(a, b);
  const Parts p = split(joined);
  EXPECT_TRUE(std::ranges::equal(p.first, a));
  EXPECT_TRUE(std::ranges::equal(p.second, b));
  EXPECT_TRUE(split(Bytes(joined).first(2)).first.empty());
}

}  // namespace
}  // namespace bpfcheck::fuzz
