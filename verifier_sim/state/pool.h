// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Memory for states, frames and stack slots, which come and go by the hundred thousand while a program is explored:
// what is given back is kept for the next of the same size, and the system is asked for few large pieces.
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

/// For the containers of what lives in the pool.
template <class T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) {}
  T* allocate(size_t n) { return static_cast<T*>(pool_take(n * sizeof(T))); }
  void deallocate(T* p, size_t n) noexcept { pool_give_back(p, n * sizeof(T)); }
  bool operator==(const PoolAllocator&) const = default;
};

}  // namespace bpfcheck::sim
