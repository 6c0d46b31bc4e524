// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A line on standard error that says how far a long run is: only on a terminal, and only after the first second.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace bpfcheck::cli {

class Progress {
 public:
  /// `beside_output`: standard output goes to the same terminal, where the line would be in the way.
  explicit Progress(bool beside_output) : on_(::isatty(STDERR_FILENO) && !(beside_output && ::isatty(STDOUT_FILENO))) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void at(size_t done, size_t of, const std::string& what) {
    using namespace std::chrono;
    if (!on_ || steady_clock::now() - begin_ < seconds(1)) return;
    std::fprintf(stderr, "\r\033[K%zu of %zu: %.60s", done, of, what.c_str());
    shown_ = true;
  }
  void clear() {
    if (shown_) std::fputs("\r\033[K", stderr);
    shown_ = false;
  }

 private:
  bool on_, shown_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace bpfcheck::cli
