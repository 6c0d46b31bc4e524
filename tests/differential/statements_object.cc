// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Objects that live in stack slots: iterators, dynptrs, saved interrupt flags; and sections between two kernel
// functions.
#include "differential/statements.h"
#include "kernel_db/helper_ids.h"

namespace bpfcheck::differential {

namespace {

void call_kfunc(Builder& b, Kfunc f) {
  b.code.emit(insn(bpf::JMP | bpf::CALL, 0, bpf::PSEUDO_KFUNC_CALL, 0, static_cast<s32>(f)));
}

void point_at(Builder& b, int r, int off) {
  b.code.mov_reg(r, 10);
  b.code.alu(bpf::ADD, r, off);
}

/// Stack slots for an object, taken from everything else until it is gone; 0: there are none.
class Slots {
 public:
  Slots(Builder& b, int n) : b_(b), old_(b.pinned_slots) {
    for (int tries = 0; tries < 6 && !off_; tries++) {
      const int first = b.rng.below(slot_count - n);
      const u32 mask = ((1u << n) - 1) << first;
      if (b.pinned_slots & mask) continue;
      b.pinned_slots |= mask;
      off_ = -8 * (first + n);
      b.forget_stack(off_, 8 * n);
    }
  }
  ~Slots() { b_.pinned_slots = old_; }
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;
  int off() const { return off_; }

 private:
  Builder& b_;
  u32 old_;
  int off_ = 0;
};

void nested(Builder& b, int most) {
  b.depth++;
  b.held++;
  write_block(b, b.rng.between(1, most));
  b.held--;
  b.depth--;
}

}  // namespace

bool iterator_loop(Builder& b) {
  if (b.locked || b.pinned & 0x3f || b.depth >= 2 || b.loops >= 2) return false;
  Slots slots(b, 1);
  if (!slots.off()) return false;
  if (b.rng.percent(70))
    b.code.mov(3, b.rng.of({0, 1, 3, 10, 1000}));
  else
    b.code.mov_reg(3, b.any_scalar());
  b.code.mov(2, b.rng.percent(80) ? 0 : b.rng.below(20));
  point_at(b, 1, slots.off());
  call_kfunc(b, Kfunc::iter_num_new);
  b.after_call();
  {
    LoopScope scope(b);
    const int top = b.code.label(), end = b.code.label();
    b.code.bind(top);
    point_at(b, 1, slots.off());
    call_kfunc(b, Kfunc::iter_num_next);
    b.after_call();
    b.code.jump_if(bpf::JEQ, 0, 0, end);
    b.reg(0) = {Val::value, 0, 4, constants};
    nested(b, 3);
    if (b.rng.percent(25)) b.code.jump_if(any_comparison(b.rng), b.any_scalar(), b.immediate(), end);
    b.code.jump_to(top);
    b.code.bind(end);
  }
  point_at(b, 1, slots.off());
  call_kfunc(b, Kfunc::iter_num_destroy);
  b.m.forget(0, 5);
  return true;
}

bool guarded_section(Builder& b) {
  if (b.locked || b.pinned & 0x3f || b.depth >= 3) return false;
  const int kind = b.rng.below(3);
  if (kind == 2) {
    Slots slots(b, 1);
    if (!slots.off()) return false;
    point_at(b, 1, slots.off());
    call_kfunc(b, Kfunc::local_irq_save);
    b.m.forget(0, 5);
    nested(b, 3);
    point_at(b, 1, slots.off());
    call_kfunc(b, Kfunc::local_irq_restore);
  } else {
    call_kfunc(b, kind ? Kfunc::preempt_disable : Kfunc::rcu_read_lock);
    b.m.forget(0, 5);
    nested(b, 3);
    call_kfunc(b, kind ? Kfunc::preempt_enable : Kfunc::rcu_read_unlock);
  }
  b.m.forget(0, 5);
  return true;
}

bool dynptr(Builder& b) {
  if (b.locked || b.pinned & 0x3f || b.depth >= 2) return false;
  Slots slots(b, 2);
  if (!slots.off()) return false;
  const bool ring = b.rng.percent(50);
  int size = b.rng.of({8, 16, 32});
  if (ring) {
    point_at(b, 4, slots.off());
    b.code.mov(3, 0);
    b.code.mov(2, size);
    b.code.map(1, ring_buffer);
    b.code.helper(func::ringbuf_reserve_dynptr);
  } else {
    const int p = b.find([&](const Val& v) {
      return v.kind == Val::value && v.map != locked && v.map != constants && v.lo <= 0 && v.hi >= size;
    });
    if (p < 0) return false;
    b.code.mov_reg(1, p);
    b.code.mov(2, size);
    b.code.mov(3, 0);
    point_at(b, 4, slots.off());
    b.code.helper(func::dynptr_from_mem);
  }
  b.after_call();
  b.m.forget(0, 0);
  Model known = b.m;
  const int end = b.code.label();
  const int times = b.rng.between(0, 2);
  for (int i = 0; i < times; i++) {
    const int len = b.rng.of({1, 4, 8, size});
    switch (b.rng.below(3)) {
      case 0:
        b.stack_buffer_in(1, len, false);
        b.code.mov(2, len);
        point_at(b, 3, slots.off());
        b.code.mov(4, b.rng.below(9));
        b.code.mov(5, 0);
        b.code.helper(func::dynptr_read);
        b.after_call();
        break;
      case 1:
        b.stack_buffer_in(3, len, true);
        b.code.mov(4, len);
        point_at(b, 1, slots.off());
        b.code.mov(2, b.rng.below(9));
        b.code.mov(5, 0);
        b.code.helper(func::dynptr_write);
        b.after_call();
        break;
      default:
        point_at(b, 1, slots.off());
        b.code.mov(2, b.rng.below(9));
        b.code.mov(3, len);
        b.code.helper(func::dynptr_data);
        b.after_call();
        if (b.rng.percent(90)) {
          b.code.jump_if(bpf::JEQ, 0, 0, end);
          b.reg(0) = {Val::memory, 0, len};
        }
        break;
    }
    const Model before = b.m;
    nested(b, 2);
    b.m = join(before, b.m);
    known = join(known, b.m);
  }
  b.code.bind(end);
  b.m = known;
  if (!ring) return true;
  point_at(b, 1, slots.off());
  b.code.mov(2, 0);
  b.code.helper(b.rng.percent(50) ? func::ringbuf_submit_dynptr : func::ringbuf_discard_dynptr);
  b.m.forget(0, 5);
  return true;
}

}  // namespace bpfcheck::differential
