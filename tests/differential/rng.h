// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A random source whose numbers are the same everywhere: a seed names a program for good (splitmix64).
#pragma once

#include <initializer_list>
#include <iterator>

#include "base/types.h"

namespace bpfcheck::differential {

class Rng {
 public:
  explicit Rng(u64 seed) : state_(seed) {}
  u64 next() {
    u64 z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  int below(int n) { return static_cast<int>(next() % static_cast<u64>(n)); }
  int between(int low, int high) { return low + below(high - low + 1); }
  bool percent(int p) { return below(100) < p; }
  template <class T>
  T of(std::initializer_list<T> list) {
    return list.begin()[below(static_cast<int>(list.size()))];
  }
  template <class Range>
  decltype(auto) in(const Range& range) {
    return std::data(range)[below(static_cast<int>(std::size(range)))];
  }

 private:
  u64 state_;
};

}  // namespace bpfcheck::differential
