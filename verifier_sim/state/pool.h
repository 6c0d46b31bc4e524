// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Memory for states, frames and stack slots, which come and go by the hundred thousand while a program is explored: cut from
// large pages, and kept for the next of the same size. Without this a third of the time goes to the system's page faults.
#pragma once

#include <cstddef>

namespace bpfcheck::sim {

/// As ::operator new and ::operator delete, for a thread of its own: what one thread takes it gives back.
void* pool_take(size_t size);
void pool_give_back(void* p, size_t size) noexcept;

/// A base for what lives in the pool.
struct Pooled {
  static void* operator new(size_t size) { return pool_take(size); }
  static void operator delete(void* p, size_t size) noexcept { pool_give_back(p, size); }
};

}  // namespace bpfcheck::sim
