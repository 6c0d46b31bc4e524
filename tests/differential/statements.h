// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kinds of statement that the generator writes. Each writes one that is valid for what the builder knows (mostly),
// and returns false, having written nothing that matters, where none is.
#pragma once

#include "differential/builder.h"

namespace bpfcheck::differential {

using Statement = bool (*)(Builder&);

// statements_scalar.cc
bool arithmetic(Builder&);
bool move(Builder&);
bool linked_scalars(Builder&);
bool byte_order(Builder&);
bool pointer_comparison(Builder&);
// statements_memory.cc
bool stack_store(Builder&);
bool stack_load(Builder&);
bool spill(Builder&);
bool fill(Builder&);
bool variable_stack(Builder&);
bool access(Builder&);
bool variable_access(Builder&);
bool atomic(Builder&);
bool context_access(Builder&);
bool global_data_pointer(Builder&);
bool pointer_walk(Builder&);
// statements_call.cc
bool map_lookup(Builder&);
bool null_check(Builder&);
bool map_change(Builder&);
bool simple_helper(Builder&);
bool memory_helper(Builder&);
bool packet_helper(Builder&);
bool tail_call(Builder&);
bool subprog_call(Builder&);
bool loop_call(Builder&);
// statements_object.cc
bool iterator_loop(Builder&);
bool guarded_section(Builder&);
bool dynptr(Builder&);
// statements_flow.cc
bool branch(Builder&);
bool early_exit(Builder&);
bool bounded_loop(Builder&);
bool may_goto_loop(Builder&);
bool ring_buffer_record(Builder&);
bool critical_section(Builder&);
bool packet_bounds(Builder&);

/// The body of a loop may not change what a second turn relies on: pointers are kept, what was nothing is nothing
/// again.
struct LoopScope {
  explicit LoopScope(Builder& b) : b(b), pinned(b.pinned), pinned_slots(b.pinned_slots) {
    for (int i = 0; i < 6; i++)
      if (b.reg(i).kind != Val::scalar) b.reg(i) = {};
    for (int i = 6; i < 10; i++) {
      const auto k = b.reg(i).kind;
      if (k == Val::value || k == Val::stack || k == Val::ctx || k == Val::memory || k == Val::packet)
        b.pinned |= 1u << i;
      else if (k != Val::scalar)
        b.reg(i) = {};
    }
    if ((b.pinned & 0x3c0) == 0x3c0) {
      b.pinned &= ~(1u << 9) | pinned;
      if (!(pinned >> 9 & 1)) b.reg(9) = {};
    }
    for (int i = 0; i < slot_count; i++) {
      Val& v = b.m.slot[static_cast<size_t>(i)];
      if (v.kind == Val::ctx)
        b.pinned_slots |= 1u << i;
      else
        v = {};
    }
    before = b.m;
    b.loops++;
    b.depth++;
  }
  ~LoopScope() {
    b.loops--;
    b.depth--;
    b.m = join(before, b.m);
    b.pinned = pinned;
    b.pinned_slots = pinned_slots;
  }
  LoopScope(const LoopScope&) = delete;
  LoopScope& operator=(const LoopScope&) = delete;
  Builder& b;
  u32 pinned, pinned_slots;
  Model before;
};

/// Writes up to n statements.
void write_block(Builder& b, int n);
/// A comparison's opcode of any kind.
int any_comparison(Rng& rng);

}  // namespace bpfcheck::differential
