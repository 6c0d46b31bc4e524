// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "differential/builder.h"

#include <algorithm>

#include "kernel_db/helper_ids.h"

namespace bpfcheck::differential {

namespace {

Val join(const Val& a, const Val& b) {
  if (a == b) return a;
  if (a.kind != b.kind || a.map != b.map) return {};
  Val v = a;
  v.lo = std::max(a.lo, b.lo);
  v.hi = std::min(a.hi, b.hi);
  return v;
}

}  // namespace

Model join(const Model& a, const Model& b) {
  Model m;
  for (size_t i = 0; i < m.r.size(); i++) m.r[i] = join(a.r[i], b.r[i]);
  for (size_t i = 0; i < m.slot.size(); i++) m.slot[i] = join(a.slot[i], b.slot[i]);
  return m;
}

int Builder::fresh(int not_this) {
  for (;;) {
    const int r = rng.percent(35) ? rng.between(6, 9) : rng.below(10);
    if (!is_pinned(r) && r != not_this) return r;
  }
}

int Builder::keeper() {
  int n = 0, found = -1;
  for (int i = 6; i <= 9; i++)
    if (!is_pinned(i) && rng.below(++n) == 0) found = i;
  return found;
}

s32 Builder::immediate() {
  switch (rng.below(6)) {
    case 0:
      return rng.between(-3, 12);
    case 1:
      return static_cast<s32>(1u << rng.below(32));
    case 2:
      return static_cast<s32>((1u << rng.below(32)) - 1);
    case 3:
      return rng.of({-1, INT32_MIN, INT32_MAX, 0xff, 0xffff, -128, 0x80, 64, 63, 32, 31, 512, -512, -4095});
    case 4:
      return rng.below(256);
    default:
      return static_cast<s32>(rng.next());
  }
}

int Builder::any_scalar() {
  const int r = find([](const Val& v) { return v.kind == Val::scalar; });
  if (r >= 0 && rng.percent(85)) return r;
  if (rng.percent(60)) return unknown_scalar();
  const int d = fresh();
  code.mov(d, immediate());
  set_scalar(d);
  return d;
}

bool Builder::context_in(int dst) {
  for (int i = 1; i < 10; i++)
    if (reg(i).kind == Val::ctx) {
      if (i != dst) code.mov_reg(dst, i);
      reg(dst) = reg(i);
      return true;
    }
  for (int i = 0; i < slot_count; i++)
    if (m.slot[static_cast<size_t>(i)].kind == Val::ctx) {
      code.load(bpf::DW, dst, 10, -8 * (i + 1));
      reg(dst) = {Val::ctx};
      return true;
    }
  return false;
}

int Builder::unknown_scalar(int not_this) {
  const int d = fresh(not_this);
  const int from = find([](const Val& v) { return v.readable() && v.hi - v.lo >= 8; });
  if (from >= 0 && from != not_this && rng.percent(50)) {
    const Val v = reg(from);
    const int size = rng.of({int{bpf::B}, int{bpf::H}, int{bpf::W}, int{bpf::DW}}),
              bytes = bpf::bytes_of(static_cast<u8>(size));
    if (v.hi - v.lo >= bytes) {
      const int off = v.lo + rng.below((v.hi - v.lo - bytes) / bytes + 1) * bytes;
      if (size != bpf::DW && v.kind != Val::packet && rng.percent(25))
        code.emit(insn(bpf::LDX | bpf::MEMSX | size, d, from, off));
      else
        code.load(size, d, from, off);
      set_scalar(d);
      return d;
    }
  }
  const bool skb =
      prog.type == ProgType::SOCKET_FILTER || prog.type == ProgType::SCHED_CLS || prog.type == ProgType::CGROUP_SKB;
  if (skb && rng.percent(50) && d != not_this && context_in(d)) {
    code.load(bpf::W, d, d, rng.of({0, 8, 16, 32, 40, 68}));
    set_scalar(d);
    return d;
  }
  const bool free = !(pinned & 0x3f) && !locked && (not_this < 0 || not_this > 5);
  if (!free) {  // a call would take what is needed: read the stack, of which nothing is known
    code.load(rng.of({int{bpf::B}, int{bpf::H}, int{bpf::W}, int{bpf::DW}}), d, 10, -8 * slot_count);
    set_scalar(d);
    return d;
  }
  code.helper(rng.percent(50) ? func::get_prandom_u32 : func::ktime_get_ns);
  after_call();
  if (d) {
    code.mov_reg(d, 0);
    set_scalar(d);
    if (rng.percent(50)) reg(0) = {};
  }
  return d;
}

template <class Out, class Over>
void Builder::out_or_clamp(int r, int max, Out jump_out, Over jump_over) {
  if (const int l = way_out(); l >= 0 && rng.percent(75)) {
    jump_out(l);
    return;
  }
  const int over = code.label();
  jump_over(over);
  code.mov(r, rng.percent(50) ? 0 : rng.below(max + 1));
  code.bind(over);
}

/// By way of a copy that is compared.
void Builder::bound_by_copy(int r, int max, int mask, int not_this) {
  const int c = fresh(r);
  if (c == not_this) {
    code.alu(bpf::AND, r, mask);
    return;
  }
  const bool w = rng.percent(25);
  w ? code.emit(insn(bpf::ALU | bpf::MOV | bpf::X, c, r)) : code.mov_reg(c, r);
  set_scalar(c);
  const int d = rng.percent(40) ? rng.between(-8, 16) : 0;
  if (d && !w) {
    code.alu(bpf::AND, r, 0xffff);
    code.mov_reg(c, r);
    code.alu(bpf::ADD, c, d);
  }
  const int over = code.label();
  if (const int l = way_out(); l >= 0)
    code.jump_if(d < 0 ? bpf::JSGT : bpf::JGT, c, max + d, l);
  else {
    code.jump_if(d < 0 ? bpf::JSLE : bpf::JLE, c, max + d, over);
    code.mov(r, 0);
  }
  code.bind(over);
}

/// Spilled and filled, bounded before or after.
void Builder::bound_through_stack(int r, int max, int mask) {
  const int off = -8 * rng.between(1, slot_count - 1);
  if (pinned_slots >> (-off / 8 - 1) & 1) {
    code.alu(bpf::AND, r, mask);
    return;
  }
  const int size = rng.of({int{bpf::DW}, int{bpf::DW}, int{bpf::W}});
  const bool before = rng.percent(50);
  if (!before) code.alu(bpf::AND, r, mask);
  code.store(size, 10, off, r);
  forget_stack(off, 8);
  if (before)
    out_or_clamp(
        r, max, [&](int l) { code.jump_if(bpf::JGT, r, max, l); }, [&](int l) { code.jump_if(bpf::JLE, r, max, l); });
  code.load(size, r, 10, off);
  if (before && rng.percent(40)) code.alu(bpf::AND, r, mask);
}

/// Against a register.
void Builder::bound_by_register(int r, int max, int mask, int not_this) {
  const int c = fresh(r);
  if (c == not_this) {
    code.alu(bpf::AND, r, mask);
    return;
  }
  code.mov(c, max);
  set_scalar(c);
  const bool swapped = rng.percent(50);
  out_or_clamp(
      r, max, [&](int l) { swapped ? code.jump_if_reg(bpf::JLT, c, r, l) : code.jump_if_reg(bpf::JGT, r, c, l); },
      [&](int l) { swapped ? code.jump_if_reg(bpf::JGE, c, r, l) : code.jump_if_reg(bpf::JLE, r, c, l); });
}

/// To one of a few values.
void Builder::bound_to_a_few(int r, int max, int cls) {
  const int over = code.label();
  const int n = rng.between(1, 3);
  for (int i = 0; i < n; i++) code.jump_if(bpf::JEQ, r, rng.below(max + 1), over, cls);
  code.mov(r, rng.below(max + 1));
  code.bind(over);
  if (cls == bpf::JMP32) code.emit(insn(bpf::ALU | bpf::MOV | bpf::X, r, r));
}

int Builder::bounded_scalar(int max, int not_this) {
  const int r = unknown_scalar(not_this);
  if (rng.percent(6)) max += rng.of({1, -1, 2, 4, 8});
  if (max < 0) max = 0;
  int mask = 0;
  while (mask * 2 + 1 <= max) mask = mask * 2 + 1;
  const int cls = rng.percent(30) ? bpf::JMP32 : bpf::JMP;
  switch (rng.below(13)) {
    case 0:
    case 1:
      code.alu(bpf::AND, r, rng.percent(70) ? mask : max & static_cast<int>(rng.next()));
      break;
    case 2:
    case 3:
      out_or_clamp(
          r, max,
          [&](int l) {
            rng.percent(50) ? code.jump_if(bpf::JGT, r, max, l, cls) : code.jump_if(bpf::JGE, r, max + 1, l, cls);
          },
          [&](int l) {
            rng.percent(50) ? code.jump_if(bpf::JLE, r, max, l, cls) : code.jump_if(bpf::JLT, r, max + 1, l, cls);
          });
      if (cls == bpf::JMP32 && rng.percent(85)) code.emit(insn(bpf::ALU | bpf::MOV | bpf::X, r, r));
      break;
    case 4:
      code.alu(bpf::AND, r, -1 & INT32_MAX);
      out_or_clamp(
          r, max, [&](int l) { code.jump_if(bpf::JSGT, r, max, l, cls); },
          [&](int l) { code.jump_if(bpf::JSLE, r, max, l, cls); });
      break;
    case 5: {
      int bits = 0;
      while ((2 << bits) - 1 <= max) bits++;  // so many bits fit
      if (bits)
        code.alu(rng.percent(90) ? bpf::RSH : bpf::ARSH, r, 64 - bits);
      else
        code.alu(bpf::AND, r, 0);
      break;
    }
    case 6:
      bound_by_copy(r, max, mask, not_this);
      break;
    case 7:
      bound_through_stack(r, max, mask);
      break;
    case 8:
      if (const int l = way_out(); l >= 0) {
        code.jump_if(bpf::JSET, r, ~mask, l, cls);
        if (cls == bpf::JMP32) code.emit(insn(bpf::ALU | bpf::MOV | bpf::X, r, r));
      } else {
        code.emit(insn(bpf::ALU | bpf::AND | bpf::K, r, 0, 0, mask));
      }
      break;
    case 9:
      bound_by_register(r, max, mask, not_this);
      break;
    case 10:  // sign extension and both ends
      code.emit(insn((rng.percent(50) ? bpf::ALU64 : bpf::ALU) | bpf::MOV | bpf::X, r, r, rng.of({8, 16})));
      out_or_clamp(
          r, max, [&](int l) { code.jump_if(bpf::JSLT, r, 0, l, cls); },
          [&](int l) { code.jump_if(bpf::JSGE, r, 0, l, cls); });
      out_or_clamp(
          r, max, [&](int l) { code.jump_if(bpf::JSGT, r, max, l, cls); },
          [&](int l) { code.jump_if(bpf::JSLE, r, max, l, cls); });
      break;
    case 11:
      bound_to_a_few(r, max, cls);
      break;
    default:
      code.emit(insn(bpf::ALU | bpf::AND | bpf::K, r, 0, 0, mask));
      if (rng.percent(30)) code.alu(rng.of({int{bpf::XOR}, int{bpf::OR}}), r, mask & static_cast<int>(rng.next()));
      break;
  }
  set_scalar(r);
  return r;
}

int Builder::stack_buffer_in(int dst, int size, bool initialised) {
  const int slots = (size + 7) / 8;
  int at = rng.between(slots, slot_count - 1);
  for (int tries = 0; tries < 8; tries++) {
    bool clash = false;
    for (int i = at - slots; i < at; i++) clash |= pinned_slots >> i & 1;
    if (!clash) break;
    at = rng.between(slots, slot_count - 1);
  }
  const int off = -8 * at;
  if (initialised)
    for (int i = 0; i < slots; i++) code.store_imm(bpf::DW, 10, off + 8 * i, rng.percent(70) ? 0 : immediate());
  code.mov_reg(dst, 10);
  code.alu(bpf::ADD, dst, off);
  forget_stack(off, 8 * slots);
  reg(dst) = {Val::stack, 0, size};
  return off;
}

void Builder::forget_packets() {
  auto forget = [](Val& v) {
    if (v.kind == Val::packet || v.kind == Val::packet_meta || v.kind == Val::packet_end) v = {};
  };
  for (Val& v : m.r) forget(v);
  for (Val& v : m.slot) forget(v);
}

void Builder::forget_stack(int off, int size) {
  for (int i = 0; i < slot_count; i++)
    if (-8 * (i + 1) < off + size && -8 * (i + 1) + 8 > off) m.slot[static_cast<size_t>(i)] = {};
}

}  // namespace bpfcheck::differential
