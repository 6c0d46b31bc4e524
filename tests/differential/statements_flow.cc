// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Branches, loops, and what must be begun and ended.
#include "differential/statements.h"
#include "kernel_db/helper_ids.h"

namespace bpfcheck::differential {

namespace {

/// Keeps a register's value for a nested block: the register, or none where there is none left.
class Pin {
 public:
  Pin(Builder& b, int r) : b_(b), old_(b.pinned) { b.pinned |= 1u << r; }
  ~Pin() { b_.pinned = old_; }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;

 private:
  Builder& b_;
  u32 old_;
};

}  // namespace

int any_comparison(Rng& rng) {
  return rng.of({int{bpf::JEQ}, int{bpf::JNE}, int{bpf::JGT}, int{bpf::JGE}, int{bpf::JLT}, int{bpf::JLE},
                 int{bpf::JSGT}, int{bpf::JSGE}, int{bpf::JSLT}, int{bpf::JSLE}, int{bpf::JSET}});
}

bool branch(Builder& b) {
  if (b.depth >= 3 || (b.loops && b.rng.percent(60))) return false;
  Rng& rng = b.rng;
  const int d = b.any_scalar();
  const int cls = rng.percent(35) ? bpf::JMP32 : bpf::JMP;
  const int other = b.code.label(), end = b.code.label();
  const int s = rng.percent(35) ? b.find([](const Val& v) { return v.kind == Val::scalar; }) : -1;
  if (s >= 0)
    b.code.jump_if_reg(any_comparison(rng), d, s, other, cls);
  else
    b.code.jump_if(any_comparison(rng), d, b.immediate(), other, cls);
  const Model before = b.m;
  b.depth++;
  write_block(b, rng.between(1, 4));
  Model first = b.m;
  if (rng.percent(50)) {
    b.m = before;
    b.code.jump_to(end);
    b.code.bind(other);
    write_block(b, rng.between(1, 4));
    b.code.bind(end);
    b.m = join(first, b.m);
  } else {
    b.code.bind(other);
    b.m = join(first, before);
  }
  b.depth--;
  return true;
}

bool early_exit(Builder& b) {
  const int l = b.way_out();
  if (l < 0) return false;
  const int d = b.any_scalar();
  const int s = b.rng.percent(30) ? b.any_scalar() : -1;
  const int cls = b.rng.percent(30) ? bpf::JMP32 : bpf::JMP;
  if (s >= 0 && b.reg(d).kind == Val::scalar)
    b.code.jump_if_reg(any_comparison(b.rng), d, s, l, cls);
  else if (s >= 0)
    return true;
  else
    b.code.jump_if(any_comparison(b.rng), d, b.immediate(), l, cls);
  return true;
}

bool bounded_loop(Builder& b) {
  if (b.depth >= 2 || b.loops >= 2) return false;
  Rng& rng = b.rng;
  const int i = b.keeper();
  if (i < 0) return false;
  b.code.mov(i, 0);
  b.set_scalar(i);
  Pin counter(b, i);
  int limit = -1;
  const int n = rng.of({1, 2, 3, 4, 6, 10});
  if (rng.percent(25)) {  // up to a number that is only bounded
    limit = b.bounded_scalar(n, i);
    if (limit < 6) {
      if (const int k = b.keeper(); k >= 0) {
        b.code.mov_reg(k, limit);
        b.set_scalar(k);
        limit = k;
      } else {
        limit = -1;
      }
    }
  }
  const u32 pinned = b.pinned;
  if (limit >= 0) b.pinned |= 1u << limit;
  const int step = rng.percent(80) ? 1 : rng.of({2, 3, -1});
  {
    LoopScope scope(b);
    const int top = b.code.label(), end = b.code.label();
    b.code.bind(top);
    const bool check_first = rng.percent(50);
    if (check_first) {
      if (limit >= 0)
        b.code.jump_if_reg(rng.of({int{bpf::JGE}, int{bpf::JSGE}}), i, limit, end);
      else
        b.code.jump_if(rng.of({int{bpf::JGE}, int{bpf::JSGE}, int{bpf::JEQ}}), i,
                       step == 3   ? n * 3
                       : step == 2 ? n * 2
                                   : n,
                       end);
    }
    write_block(b, rng.between(1, 3));
    if (rng.percent(15)) {
      const int s = b.any_scalar();
      b.code.jump_if(any_comparison(rng), s, b.immediate(), end);
    }
    b.code.emit(insn((rng.percent(85) ? bpf::ALU64 : bpf::ALU) | bpf::ADD | bpf::K, i, 0, 0, step < 0 ? 1 : step));
    if (check_first)
      b.code.jump_to(top);
    else if (limit >= 0)
      b.code.jump_if_reg(bpf::JLT, i, limit, top);
    else
      b.code.jump_if(rng.of({int{bpf::JLT}, int{bpf::JSLT}, int{bpf::JNE}}), i, step > 1 ? n * step : n, top);
    b.code.bind(end);
  }
  b.pinned = pinned;
  return true;
}

bool may_goto_loop(Builder& b) {
  if (b.depth >= 2 || b.loops >= 2) return false;
  LoopScope scope(b);
  const int top = b.code.label(), end = b.code.label();
  b.code.bind(top);
  b.code.jump(insn(bpf::JMP | bpf::JCOND), end);
  write_block(b, b.rng.between(1, 3));
  if (b.rng.percent(30)) b.code.jump_if(any_comparison(b.rng), b.any_scalar(), b.immediate(), end);
  b.code.jump_to(top);
  b.code.bind(end);
  return true;
}

bool ring_buffer_record(Builder& b) {
  if (b.locked || b.pinned & 0x3f || b.depth >= 2) return false;
  const int k = b.keeper();
  if (k < 0) return false;
  const int size = b.rng.of({8, 16, 24, 40, 64});
  b.code.mov(3, 0);
  b.code.mov(2, size);
  b.code.map(1, ring_buffer);
  b.code.helper(func::ringbuf_reserve);
  b.after_call();
  const int over = b.code.label();
  b.code.mov_reg(k, 0);
  b.code.jump_if(bpf::JEQ, b.rng.percent(50) ? 0 : k, 0, over);
  b.reg(0) = {};
  b.reg(k) = {};
  const Model before = b.m;
  b.reg(k) = {Val::memory, 0, size};
  b.held++;
  b.depth++;
  {
    Pin record(b, k);
    write_block(b, b.rng.between(1, 4));
  }
  b.held--;
  b.depth--;
  b.code.mov(2, 0);
  b.code.mov_reg(1, k);
  b.code.helper(b.rng.percent(60) ? func::ringbuf_submit : func::ringbuf_discard);
  b.m.forget(0, 5);
  b.reg(k) = {};
  b.code.bind(over);
  b.m = join(before, b.m);
  return true;
}

bool critical_section(Builder& b) {
  const bool network =
      b.prog.type == ProgType::SCHED_CLS || b.prog.type == ProgType::XDP || b.prog.type == ProgType::CGROUP_SKB;
  if (!network || b.locked || b.pinned & 0x3f) return false;
  const int v = b.find([](const Val& x) { return x.kind == Val::value && x.map == locked && x.lo == 4; });
  if (v < 6 || b.is_pinned(v)) return false;
  b.code.mov_reg(1, v);
  b.code.helper(func::spin_lock);
  b.m.forget(0, 5);
  b.locked = true;
  b.depth++;
  {
    Pin lock(b, v);
    write_block(b, b.rng.between(1, 3));
  }
  b.locked = false;
  b.depth--;
  b.code.mov_reg(1, v);
  b.code.helper(func::spin_unlock);
  b.m.forget(0, 5);
  return true;
}

bool packet_bounds(Builder& b) {
  using enum ProgType;
  Rng& rng = b.rng;
  const ProgType t = b.prog.type;
  if (t != XDP && t != SCHED_CLS && t != CGROUP_SKB) return false;
  const int start = b.rng.percent(50) ? b.fresh() : b.keeper();
  if (start < 0) return false;
  const int end = b.fresh(start);
  int probe = b.fresh(start);
  if (probe == end) return false;
  const bool meta = t != CGROUP_SKB && rng.percent(12);
  const int data = t == XDP ? 0 : 76, data_end = t == XDP ? 4 : 80, data_meta = t == XDP ? 8 : 140;
  const int walked = b.find([](const Val& v) { return v.kind == Val::packet; });
  if (!b.context_in(end)) return false;
  const bool again = walked >= 0 && walked != end && walked != start && walked != probe && rng.percent(40);
  if (again)
    b.code.mov_reg(start, walked);  // a second header behind the first
  else
    b.code.load(bpf::W, start, end, meta ? data_meta : data);
  b.code.load(bpf::W, end, end, meta ? data : data_end);
  b.reg(end) = {};
  b.reg(start) = {};
  b.reg(probe) = {};
  int base = again ? -b.reg(walked).lo : 0;
  if (base < 0) base = 0;
  if (again && rng.percent(60)) {  // of variable length
    const u32 pinned = b.pinned;
    b.pinned |= 1u << start | 1u << end;
    const bool cheap = !(b.pinned & 0x3f);
    if (cheap || rng.percent(50)) {
      b.code.load(bpf::B, probe, start, 0);
      b.code.alu(bpf::AND, probe, rng.of({0xf, 0x3c, 0xff}));
      if (rng.percent(40)) b.code.alu(bpf::LSH, probe, rng.of({1, 2}));
      b.code.alu_reg(bpf::ADD, start, probe);
    }
    b.pinned = pinned;
  }
  const int n = rng.of({1, 4, 8, 14, 20, 34, 40, 64});
  b.code.mov_reg(probe, start);
  b.code.alu(bpf::ADD, probe, n);
  const int miss = b.way_out();
  const int over = b.code.label();
  const bool swapped = rng.percent(40);
  const bool strict = rng.percent(80);  // probe > end leaves; else probe >= end leaves, one byte more than needed
  if (miss >= 0 && rng.percent(60)) {
    if (swapped)
      b.code.jump_if_reg(strict ? bpf::JLT : bpf::JLE, end, probe, miss);
    else
      b.code.jump_if_reg(strict ? bpf::JGT : bpf::JGE, probe, end, miss);
    b.reg(start) = {meta ? Val::packet_meta : Val::packet, 0, n};
    return true;
  }
  if (b.depth >= 3) return true;
  if (rng.percent(50)) {
    if (swapped)
      b.code.jump_if_reg(strict ? bpf::JLT : bpf::JLE, end, probe, over);
    else
      b.code.jump_if_reg(strict ? bpf::JGT : bpf::JGE, probe, end, over);
  } else {  // the good path jumps
    const int good = b.code.label();
    if (swapped)
      b.code.jump_if_reg(strict ? bpf::JGE : bpf::JGT, end, probe, good);
    else
      b.code.jump_if_reg(strict ? bpf::JLE : bpf::JLT, probe, end, good);
    b.code.jump_to(over);
    b.code.bind(good);
  }
  const Model before = b.m;
  b.reg(start) = {meta ? Val::packet_meta : Val::packet, 0, n};
  b.depth++;
  write_block(b, rng.between(1, 4));
  b.depth--;
  b.code.bind(over);
  b.m = join(before, b.m);
  return true;
}

}  // namespace bpfcheck::differential
