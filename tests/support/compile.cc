// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See compile.h.
#include "support/compile.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bpfcheck::test {
namespace {

const std::string& clang() {
  static const std::string found = [] {
    for (const char* name : {"clang-19", "clang"})
      if (std::system(fmt::format("command -v {} >/dev/null 2>&1", name).c_str()) == 0) return std::string(name);
    return std::string();
  }();
  return found;
}

struct TemporaryDirectory {
  std::filesystem::path path = std::filesystem::temp_directory_path() / fmt::format("bpfcheck-test-{}", getpid());
  TemporaryDirectory() { std::filesystem::create_directories(path); }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

bool have_clang() { return !clang().empty(); }

Result<std::string> compile_bpf(const std::string& source, const std::string& flags) {
  static const TemporaryDirectory directory;
  static int count = 0;
  const std::string stem = (directory.path / std::to_string(count++)).string();
  std::ofstream(stem + ".c") << source;
  const std::string command =
      fmt::format("{} -target bpf {} -c {}.c -o {}.o 2>{}.log", clang(), flags, stem, stem, stem);
  if (std::system(command.c_str()) == 0) return stem + ".o";
  std::stringstream log;
  log << std::ifstream(stem + ".log").rdbuf();
  return fail(command, log.str().substr(0, 2000), EINVAL);
}

}  // namespace bpfcheck::test
