// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Loads and stores.
#include <algorithm>

#include "differential/statements.h"

namespace bpfcheck::differential {
namespace {

struct Width {
  int size, bytes;
};

Width any_width(Rng& rng) {
  const int size = rng.of({int{bpf::B}, int{bpf::H}, int{bpf::W}, int{bpf::DW}, int{bpf::DW}});
  return {size, bpf::bytes_of(static_cast<u8>(size))};
}

/// A place of a stack frame that no pinned slot shares; 0: none found.
int stack_place(Builder& b, int bytes) {
  for (int tries = 0; tries < 6; tries++) {
    const int off = -8 * slot_count + b.rng.below(8 * slot_count / bytes) * bytes;
    if (!(b.pinned_slots >> ((-off + 7) / 8 - 1) & 1)) return off;
  }
  return 0;
}

void load(Builder& b, int d, int base, int off, Width w, bool may_extend) {
  if (may_extend && w.bytes < 8 && b.rng.percent(20))
    b.code.emit(insn(bpf::LDX | bpf::MEMSX | w.size, d, base, off));
  else
    b.code.load(w.size, d, base, off);
}

void store_something(Builder& b, int base, int off, Width w) {
  if (b.rng.percent(40))
    b.code.store_imm(w.size, base, off, b.immediate());
  else
    b.code.store(w.size, base, off, b.any_scalar());
}

}  // namespace

bool stack_store(Builder& b) {
  const Width w = any_width(b.rng);
  const int off = stack_place(b, w.bytes);
  if (!off) return false;
  store_something(b, 10, off, w);
  b.forget_stack(off, w.bytes);
  if (w.bytes == 8) b.m.slot[static_cast<size_t>(-off / 8 - 1)] = {Val::scalar};
  return true;
}

bool stack_load(Builder& b) {
  const Width w = any_width(b.rng);
  const int off = -8 * slot_count + b.rng.below(8 * slot_count / w.bytes) * w.bytes, d = b.fresh();
  load(b, d, 10, off, w, true);
  b.reg(d) = w.bytes == 8 ? b.m.slot[static_cast<size_t>((-off + 7) / 8 - 1)] : Val{Val::scalar};
  return true;
}

bool spill(Builder& b) {
  const int r = b.find([](const Val& v) { return v.kind != Val::none; });
  const int off = stack_place(b, 8);
  if (r < 0 || !off) return false;
  b.code.store(bpf::DW, 10, off, r);
  b.m.slot[static_cast<size_t>(-off / 8 - 1)] = b.reg(r);
  return true;
}

bool fill(Builder& b) {
  int n = 0, at = -1;
  for (int i = 0; i < slot_count; i++)
    if (b.m.slot[static_cast<size_t>(i)].kind != Val::none && b.rng.below(++n) == 0) at = i;
  if (at < 0) return false;
  const Val v = b.m.slot[static_cast<size_t>(at)];
  const int d = b.fresh();
  if (v.kind == Val::scalar && b.rng.percent(40)) {
    const Width w = any_width(b.rng);
    load(b, d, 10, -8 * (at + 1) + (b.rng.percent(60) ? 0 : b.rng.below(8 / w.bytes) * w.bytes), w, true);
  } else {
    b.code.load(bpf::DW, d, 10, -8 * (at + 1));
  }
  b.reg(d) = v;
  return true;
}

bool variable_stack(Builder& b) {
  const Width w = any_width(b.rng);
  const int room = b.rng.of({8, 16, 32, 64});
  const int base = -8 * slot_count + b.rng.below((8 * slot_count - room) / 8 + 1) * 8;
  for (int i = 0; i < slot_count; i++)
    if ((b.pinned_slots >> i & 1) && -8 * (i + 1) >= base - 8 && -8 * (i + 1) < base + room) return false;
  const int i = b.bounded_scalar(room - w.bytes);
  const int p = b.fresh(i);
  if (b.rng.percent(60)) b.code.alu(bpf::AND, i, room - w.bytes);
  if (b.rng.percent(40))
    for (int k = 0; k < room; k += 8) b.code.store_imm(bpf::DW, 10, base + k, b.rng.of({0, 0, 1}));
  b.code.mov_reg(p, 10);
  if (b.rng.percent(50)) {
    b.code.alu(bpf::ADD, p, base);
    b.code.alu_reg(bpf::ADD, p, i);
  } else {
    b.code.alu_reg(bpf::ADD, p, i);
    if (b.rng.percent(50))
      b.code.alu(bpf::ADD, p, base);
    else {  // the constant in the instruction
      b.reg(p) = {};
      b.reg(i) = {};
      const int d = b.fresh(p);
      if (b.rng.percent(50)) {
        store_something(b, p, base, w);
        b.forget_stack(base, room);
      } else {
        load(b, d, p, base, w, true);
        b.set_scalar(d);
      }
      return true;
    }
  }
  b.reg(p) = {};
  b.set_scalar(i);
  if (b.rng.percent(50)) {
    if (b.rng.percent(50))
      b.code.store(w.size, p, 0, i);
    else
      b.code.store_imm(w.size, p, 0, b.rng.percent(50) ? 0 : b.immediate());
    b.forget_stack(base, room);
  } else {
    const int d = b.fresh(p);
    load(b, d, p, 0, w, true);
    b.set_scalar(d);
  }
  return true;
}

bool access(Builder& b) {
  const int p = b.find([](const Val& v) { return v.readable() && v.hi > v.lo; });
  if (p < 0) return false;
  const Val v = b.reg(p);
  Width w = any_width(b.rng);
  while (w.bytes > v.hi - v.lo) w = any_width(b.rng);
  int off = v.lo + b.rng.below((v.hi - v.lo) / w.bytes) * w.bytes;
  if (b.rng.percent(2)) off = b.rng.of({v.hi, v.hi - w.bytes + 1, v.lo - 1, v.hi - 1});
  if (v.writable(b.prog.type) && b.rng.percent(45)) {
    store_something(b, p, off, w);
    if (v.kind == Val::stack)
      for (Val& s : b.m.slot)
        if (s.kind == Val::scalar) s = {};
    return true;
  }
  const int d = b.fresh();
  load(b, d, p, off, w, v.kind != Val::packet);
  b.set_scalar(d);
  return true;
}

bool variable_access(Builder& b) {
  int p = b.find([](const Val& v) {
    return (v.kind == Val::value || v.kind == Val::memory || v.kind == Val::packet) && v.hi - v.lo >= 8;
  });
  if (p < 0) return false;
  const Val v = b.reg(p);
  const Width w = any_width(b.rng);
  const int max = b.rng.percent(50) ? v.hi - v.lo - w.bytes : b.rng.below(v.hi - v.lo - w.bytes + 1);
  const u32 pinned = b.pinned;
  b.pinned |= 1u << p;
  const int i = b.bounded_scalar(max, p);
  b.pinned = pinned;
  if (b.reg(p).kind != v.kind) return true;  // a call took it
  const int q = b.fresh(i);
  if (q == p && b.rng.percent(50)) return true;
  const bool minus = b.rng.percent(10);
  if (q != p) b.code.mov_reg(q, p);
  if (minus) b.code.alu(bpf::ADD, q, v.hi - w.bytes);
  b.code.alu_reg(minus ? bpf::SUB : bpf::ADD, q, i);
  b.reg(q) = {};
  if (v.kind == Val::packet && b.rng.percent(70)) return true;
  const int lo = minus ? 0 : v.lo;
  if (v.writable(b.prog.type) && b.rng.percent(45)) {
    store_something(b, q, lo, w);
  } else {
    const int d = b.fresh(q);
    load(b, d, q, lo, w, v.kind != Val::packet);
    b.set_scalar(d);
  }
  if (!minus && v.kind == Val::value && max <= v.hi - v.lo - 8 && b.reg(q).kind == Val::none)
    b.reg(q) = {v.kind, v.lo, v.hi - max, v.map};
  return true;
}

bool atomic(Builder& b) {
  const int p = b.find([&](const Val& v) {
    return (v.kind == Val::value || v.kind == Val::memory) && v.writable(b.prog.type) && v.hi - v.lo >= 8;
  });
  const Width w = b.rng.percent(50) ? Width{bpf::DW, 8} : Width{bpf::W, 4};
  int base = p, off = 0;
  if (p < 0 || b.rng.percent(40)) {
    base = 10;
    off = stack_place(b, w.bytes);
    if (!off) return false;
    if (b.rng.percent(70)) b.code.store_imm(w.size, 10, off, b.immediate());
    b.forget_stack(off, w.bytes);
  } else {
    const Val v = b.reg(p);
    off = v.lo + b.rng.below((v.hi - v.lo) / w.bytes) * w.bytes;
  }
  if (b.rng.percent(25)) {  // load-acquire, store-release
    const Width any = any_width(b.rng);
    if (base != 10 || any.bytes <= w.bytes) {
      if (b.rng.percent(50)) {
        const int d = b.fresh();
        b.code.emit(insn(bpf::STX | bpf::ATOMIC | any.size, d, base, off, bpf::LOAD_ACQ));
        b.set_scalar(d);
      } else {
        b.code.emit(insn(bpf::STX | bpf::ATOMIC | any.size, base, b.any_scalar(), off, bpf::STORE_REL));
      }
      return true;
    }
  }
  int s = b.any_scalar();
  if (b.reg(base == 10 ? 0 : base).kind == Val::none && base != 10) return true;
  if (b.is_pinned(s)) {
    const int c = b.fresh(base);
    b.code.mov_reg(c, s);
    b.set_scalar(s = c);
  }
  if (s == base) return true;
  s32 op = b.rng.of({s32{bpf::ADD}, s32{bpf::OR}, s32{bpf::AND}, s32{bpf::XOR}, s32{bpf::XCHG}, s32{bpf::CMPXCHG}});
  if (op < 0xe0 && b.rng.percent(50)) op |= bpf::FETCH;
  if (op == bpf::CMPXCHG) {
    if (b.is_pinned(0) || base == 0) return true;
    if (b.reg(0).kind != Val::scalar || b.rng.percent(50)) b.code.mov(0, b.immediate());
    b.set_scalar(0);
  }
  b.code.emit(insn(bpf::STX | bpf::ATOMIC | w.size, base, s, off, op));
  return true;
}

bool context_access(Builder& b) {
  using enum ProgType;
  Rng& rng = b.rng;
  const int c = b.fresh();
  if (!b.context_in(c)) return false;
  b.reg(c) = {};
  const int d = b.fresh();
  const ProgType t = b.prog.type;
  if (t == SOCKET_FILTER || t == SCHED_CLS || t == CGROUP_SKB) {
    if (rng.percent(30)) {
      const int s = rng.percent(50) ? -1 : b.find([](const Val& v) { return v.kind == Val::scalar; });
      int off = rng.of({48, 52, 56, 60, 64});
      if (t != SOCKET_FILTER && rng.percent(50)) off = rng.of({8, 32});
      if (s >= 0 && s != c)
        b.code.store(bpf::W, c, off, s);
      else
        b.code.store_imm(bpf::W, c, off, b.immediate());
      b.reg(c) = {Val::ctx};
      return true;
    }
    const int off = rng.of({0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 52, 60, 68});
    const int size = rng.percent(75) ? int{bpf::W} : rng.of({int{bpf::H}, int{bpf::B}});
    b.code.load(size, d, c, off);
  } else if (t == XDP) {
    b.code.load(bpf::W, d, c, rng.of({12, 16}));
  } else if (t == PERF_EVENT) {
    b.code.load(bpf::DW, d, c, rng.percent(80) ? 8 * rng.below(21) : 168);
  } else {
    b.code.load(rng.percent(80) ? int{bpf::DW} : int{bpf::W}, d, c, 8 * rng.below(8));
  }
  if (d != c) b.reg(c) = {Val::ctx};
  b.set_scalar(d);
  return true;
}

bool global_data_pointer(Builder& b) {
  const int d = b.fresh();
  const int map = b.rng.percent(60) ? global_data : constants, size = static_cast<int>(map_def(map).value_size);
  const int off = b.rng.percent(60) ? 0 : b.rng.below(size / 8) * 8;
  b.code.wide(d, bpf::PSEUDO_MAP_VALUE, map, off);
  b.reg(d) = {Val::value, -off, size - off, map};
  if (b.rng.percent(90)) b.reg(d).lo = 0;
  return true;
}

bool pointer_walk(Builder& b) {
  const int p = b.find([](const Val& v) { return v.readable() && v.kind != Val::stack && v.hi - v.lo >= 16; });
  if (p < 0) return false;
  const Val v = b.reg(p);
  const int q = b.is_pinned(p) ? b.fresh(p) : b.rng.percent(50) ? p : b.fresh(p);
  if (q != p) b.code.mov_reg(q, p);
  const int step = b.rng.of({8, 4, 1, 16, -8, -4});
  if (b.rng.percent(80)) {
    b.code.alu(bpf::ADD, q, step);
  } else {
    b.code.alu(bpf::SUB, q, -step);
  }
  b.reg(q) = v;
  b.reg(q).lo = std::max(v.lo - step, v.kind == Val::packet ? -step : v.lo - step);
  b.reg(q).hi = v.hi - step;
  return true;
}

}  // namespace bpfcheck::differential
