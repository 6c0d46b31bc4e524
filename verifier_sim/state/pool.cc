// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See pool.h.
#include "verifier_sim/state/pool.h"

#include <sys/mman.h>

#include <array>
#include <new>
#include <vector>

namespace bpfcheck::sim {

#if defined(__SANITIZE_ADDRESS__)
#define BPFCHECK_PLAIN_MEMORY  // the sanitizer watches single objects
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BPFCHECK_PLAIN_MEMORY
#endif
#endif

#ifdef BPFCHECK_PLAIN_MEMORY
void* pool_take(size_t size) { return ::operator new(size); }
void pool_give_back(void* p, size_t) noexcept { ::operator delete(p); }
#else
namespace {

constexpr size_t step = 64, largest = 2048;  // a line of the cache
constexpr size_t first_size = size_t{128} << 10,
                 further_size = size_t{1} << 20;  ///< of chunks: the first is enough for most programs

class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    for (const Chunk& c : chunks_) munmap(c.at, c.size);
  }

  void* take(size_t size) {
    taken_++;
    Free*& head = free_[size / step];
    if (Free* f = head) {
      head = f->next;
      return f;
    }
    if (size > left_) next_chunk();
    void* p = at_;
    at_ += size;
    left_ -= size;
    return p;
  }
  void give_back(void* p, size_t size) {
    Free*& head = free_[size / step];
    head = new (p) Free{head};
    if (--taken_ == 0) begin_anew();
  }

 private:
  struct Free {
    Free* next;
  };
  struct Chunk {
    void* at;
    size_t size;
  };

  void next_chunk() {
    if (used_ == chunks_.size()) {
      const size_t size = chunks_.empty() ? first_size : further_size;
      void* p = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (p == MAP_FAILED) throw std::bad_alloc();
      chunks_.push_back({p, size});
    }
    at_ = static_cast<char*>(chunks_[used_].at);
    left_ = chunks_[used_].size;
    used_++;
  }
  /// Nobody has anything: the next program's states lie side by side again, where the last one's first were.
  void begin_anew() {
    free_ = {};
    used_ = 0;
    left_ = 0;
  }

  std::vector<Chunk> chunks_;
  std::array<Free*, largest / step + 1> free_{};
  size_t used_ = 0;  ///< of the chunks: those begun
  size_t taken_ = 0;
  char* at_ = nullptr;
  size_t left_ = 0;
};

thread_local Pool pool;

constexpr size_t rounded(size_t size) { return (size + step - 1) / step * step; }

}  // namespace

void* pool_take(size_t size) { return rounded(size) > largest ? ::operator new(size) : pool.take(rounded(size)); }
void pool_give_back(void* p, size_t size) noexcept {
  if (!p) return;
  if (rounded(size) > largest)
    ::operator delete(p);
  else
    pool.give_back(p, rounded(size));
}
#endif

}  // namespace bpfcheck::sim
