// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the generator knows of the program that it is writing: what each register and stack slot holds, so that most of
// what it writes next is valid, and the function's places to go to.
#pragma once

#include <array>

#include "differential/code.h"
#include "differential/program.h"
#include "differential/rng.h"

namespace bpfcheck::differential {

/// What a register or an eight-byte stack slot holds.
struct Val {
  enum Kind : u8 {
    none,
    scalar,
    ctx,
    stack,
    value,
    value_or_null,
    packet,
    packet_meta,
    packet_end,
    memory,
    memory_or_null
  } kind = none;
  int lo = 0, hi = 0;  ///< pointers: bytes that may be accessed, relative to it
  int map = -1;        ///< value
  bool operator==(const Val&) const = default;
  bool readable() const {
    return kind == stack || kind == value || kind == packet || kind == packet_meta || kind == memory;
  }
  bool writable(ProgType type) const {
    if (kind == value) return map != constants;
    if (kind == packet) return type == ProgType::XDP || type == ProgType::SCHED_CLS;
    return kind == stack || kind == memory;
  }
};

inline constexpr int slot_count = 24;  ///< of a function's stack: 192 bytes

struct Model {
  std::array<Val, 10> r;
  std::array<Val, slot_count> slot;  ///< slot i is the eight bytes at fp - 8 * (i + 1)
  void forget(int first, int last) {
    for (int i = first; i <= last; i++) r[static_cast<size_t>(i)] = {};
  }
};

/// Both paths come together: what is known on both.
Model join(const Model& a, const Model& b);

/// A function that the program may call.
struct Callee {
  Func func = Func::subprog_1;
  std::vector<Val> args;
  int label = -1;
  bool is_global() const { return func >= Func::global_number; }
  bool written = false, used = false;
};

class Builder {
 public:
  Builder(Rng& r, Code& c, const Program& p, std::vector<Callee>& callees)
      : rng(r), code(c), prog(p), callees(callees) {}

  Rng& rng;
  Code& code;
  const Program& prog;
  std::vector<Callee>& callees;
  size_t self = 0;  ///< number of the function: it calls those behind it
  Model m;
  int budget = 20;      ///< statements still to write
  int depth = 0;        ///< of nested blocks
  int loops = 0;        ///< nested loops
  int held = 0;         ///< references and locks: while there are any, the function may not be left
  bool locked = false;  ///< in a critical section: no calls
  u32 pinned = 0;       ///< registers that may not be written to
  u32 pinned_slots = 0;
  int bail = -1;  ///< label of "return 0"

  Val& reg(int i) { return m.r[static_cast<size_t>(i)]; }
  bool is_pinned(int i) const { return pinned >> i & 1; }

  /// A register to write to; its old contents are forgotten by the caller.
  int fresh(int not_this = -1);
  /// A register that survives calls and is not pinned; -1: none left.
  int keeper();
  /// A register holding any scalar; makes one where there is none.
  int any_scalar();
  /// A register holding a scalar of which nothing is known, fresh.
  int unknown_scalar(int not_this = -1);
  /// A register that may be changed, holding a scalar in [0, max] - or nearly so.
  int bounded_scalar(int max, int not_this = -1);
  /// A register whose value satisfies `want`; -1: none.
  template <class F>
  int find(F want) {
    int n = 0, found = -1;
    for (int i = 0; i < 10; i++)
      if (want(reg(i)) && rng.below(++n) == 0) found = i;
    return found;
  }
  void set_scalar(int r) { reg(r) = {Val::scalar}; }
  /// Where to go when a value will not do: out of the function, or -1 where that is not allowed.
  int way_out() const { return held || locked ? -1 : bail; }
  /// An immediate at or about a power of two, small, or anything.
  s32 immediate();
  /// A context register in `dst` (copied from where it is kept); false where the function has none.
  bool context_in(int dst);
  /// fp + a random aligned place with `size` bytes of room, in `dst`; returns the offset from fp (negative).
  int stack_buffer_in(int dst, int size, bool initialised);
  void after_call() {
    m.forget(1, 5);
    set_scalar(0);
  }
  /// What code behind a call that may move the packet may not use any longer.
  void forget_packets();
  /// The stack bytes [off, off + size) are overwritten with numbers.
  void forget_stack(int off, int size);

 private:
  // Ways to bound the scalar in register r to [0, max]; mask is the least of low bits that holds max.
  void bound_by_copy(int r, int max, int mask, int not_this);
  void bound_through_stack(int r, int max, int mask);
  void bound_by_register(int r, int max, int mask, int not_this);
  void bound_to_a_few(int r, int max, int cls);
  /// Leaves the function where a jump that the caller writes says so, or sets the register to what will do.
  template <class Out, class Over>
  void out_or_clamp(int r, int max, Out jump_out, Over jump_over);
};

}  // namespace bpfcheck::differential
