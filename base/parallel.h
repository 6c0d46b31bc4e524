// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Independent pieces of work on as many threads as the machine has processors.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace bpfcheck {

/// Calls f(0) ... f(n - 1), each once, in no order; returns when all are done. With n == 1 no thread is started.
template <class F>
void for_each_in_parallel(size_t n, F f) {
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i; (i = next++) < n;) f(i);
  };
  std::vector<std::jthread> helpers;
  const size_t threads = std::min<size_t>(n, std::max(1u, std::thread::hardware_concurrency()));
  for (size_t i = 1; i < threads; i++) helpers.emplace_back(work);
  work();
}

}  // namespace bpfcheck
