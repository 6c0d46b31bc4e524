// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes each target's starting inputs: seeds OUT_DIR OBJECT...
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "base/mapped_file.h"
#include "fuzz/targets.h"

int main(int argc, char** argv) {
  using namespace bpfcheck;
  if (argc < 3) {
    fmt::print(stderr, "usage: seeds OUT_DIR OBJECT...\n");
    return 2;
  }
  for (int i = 2; i < argc; i++) {
    auto file = map_file(argv[i]);
    if (!file) {
      fmt::print(stderr, "{}\n", file.error().text());
      return 2;
    }
    for (const fuzz::Target& target : fuzz::targets()) {
      const std::filesystem::path dir = std::filesystem::path(argv[1]) / target.name;
      std::filesystem::create_directories(dir);
      size_t n = 0;
      for (const auto& seed : target.seeds(file->bytes)) {
        std::ofstream out(dir / fmt::format("{}.{}", std::filesystem::path(argv[i]).filename().string(), n++),
                          std::ios::binary);
        out.write(reinterpret_cast<const char*>(seed.data()), static_cast<std::streamsize>(seed.size()));
      }
    }
  }
}
