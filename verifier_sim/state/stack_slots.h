// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The slots of a frame's stack. A state is copied at every branch, and few of its slots change before the next: copies
// share blocks of slots until one of them writes there.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <iterator>
#include <utility>

#include "base/insn.h"
#include "verifier_sim/state/pool.h"
#include "verifier_sim/state/shared_reg.h"

namespace bpfcheck::sim {

/// What a stack byte holds.
enum class SlotType : u8 { Invalid, Spill, Misc, Zero, Dynptr, Iter, IrqFlag };

/// Eight bytes of stack. slot[0] is the byte at the highest address, slot[7] the one at the lowest.
struct StackSlot {
  SharedReg spilled;
  SlotType slot[8] = {};
  /// All eight types at once.
  u64 types() const { return std::bit_cast<u64>(slot); }
  bool is_empty() const { return types() == 0; }
  /// Holds no register and no object: Invalid, Misc and Zero alone.
  bool is_plain() const {
    constexpr u64 each = 0x0101010101010101;
    return (types() & ~(3 * each)) == 0 && (types() & ~(types() >> 1) & each) == 0;
  }
  bool is_spilled_reg() const { return slot[7] == SlotType::Spill; }
  bool is_spilled_scalar() const { return is_spilled_reg() && spilled->type == SCALAR_VALUE; }
};

/// Behaves as a vector of StackSlot that only grows. Not for several threads: the blocks count their owners plainly.
class StackSlots {
 public:
  StackSlots() = default;
  StackSlots(const StackSlots& o) : size_(o.size_), blocks_(o.blocks_) {
    for (size_t b = 0; b < used(); b++) blocks_[b]->owners++;
  }
  StackSlots(StackSlots&& o) noexcept : size_(std::exchange(o.size_, 0)), blocks_(o.blocks_) {}
  StackSlots& operator=(StackSlots o) noexcept {
    std::swap(size_, o.size_);
    std::swap(blocks_, o.blocks_);
    return *this;
  }
  ~StackSlots() {
    for (size_t b = 0; b < used(); b++) drop(blocks_[b]);
  }

  size_t size() const { return size_; }
  const StackSlot& operator[](size_t i) const { return blocks_[i / in_block]->slots[i % in_block]; }
  /// The slot for writing. The reference holds until these slots are copied: what is written through it later, copies
  /// see.
  StackSlot& edit(size_t i) {
    Block*& b = blocks_[i / in_block];
    if (b->owners > 1) {
      b->owners--;
      b = new Block(*b);
      b->owners = 1;
    }
    return b->slots[i % in_block];
  }
  /// To `size` slots, at most a whole stack's; new ones hold nothing.
  void grow(size_t size) {
    for (size_t b = used(); b < blocks_for(size); b++) blocks_[b] = new Block;
    size_ = size;
  }

  class Iterator {
   public:
    using value_type = StackSlot;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;
    using reference = const StackSlot&;
    using pointer = const StackSlot*;
    Iterator() = default;
    Iterator(const StackSlots* s, size_t i) : slots_(s), at_(i) {}
    reference operator*() const { return (*slots_)[at_]; }
    pointer operator->() const { return &(*slots_)[at_]; }
    Iterator& operator++() { return at_++, *this; }
    Iterator operator++(int) { return {slots_, at_++}; }
    bool operator==(const Iterator&) const = default;

   private:
    const StackSlots* slots_ = nullptr;
    size_t at_ = 0;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size_}; }

 private:
  static constexpr size_t in_block = 8;
  struct Block : Pooled {
    StackSlot slots[in_block];
    u32 owners = 1;
  };
  static constexpr size_t blocks_for(size_t size) { return (size + in_block - 1) / in_block; }
  size_t used() const { return blocks_for(size_); }
  static void drop(Block* b) {
    if (--b->owners == 0) delete b;
  }

  size_t size_ = 0;
  std::array<Block*, bpf::MAX_STACK / bpf::REG_SIZE / in_block> blocks_{};
};

}  // namespace bpfcheck::sim
