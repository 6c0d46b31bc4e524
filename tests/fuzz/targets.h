// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is fuzzed: one function a parser. Each takes any bytes and must neither crash, hang nor allocate without bound;
// libFuzzer drives them (fuzz preset), and the regression test replays what it once found.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace bpfcheck::fuzz {

struct Target {
  std::string_view name;
  void (*run)(Bytes input);
  /// Inputs to start from, made from an object of the corpus.
  std::vector<std::vector<u8>> (*seeds)(Bytes object);
};

std::span<const Target> targets();

/// Two parts of one input: a little-endian length, as many bytes, and the rest. The .BTF.ext and CO-RE targets need a
/// BTF besides what they parse.
struct Parts {
  Bytes first, second;
};
Parts split(Bytes input);
std::vector<u8> join(Bytes first, Bytes second);

void elf(Bytes input);
void btf(Bytes input);
void btf_ext(Bytes input);
void core(Bytes input);
std::vector<std::vector<u8>> elf_seeds(Bytes object);
std::vector<std::vector<u8>> btf_seeds(Bytes object);
std::vector<std::vector<u8>> btf_ext_seeds(Bytes object);
std::vector<std::vector<u8>> core_seeds(Bytes object);

}  // namespace bpfcheck::fuzz
