// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Calls: helpers, subprograms, callbacks.
#include <algorithm>

#include "differential/statements.h"
#include "kernel_db/helper_ids.h"

namespace bpfcheck::differential {

namespace {

bool may_call(const Builder& b) { return !b.locked && !(b.pinned & 0x3f); }

bool is_skb(ProgType t) {
  return t == ProgType::SOCKET_FILTER || t == ProgType::SCHED_CLS || t == ProgType::CGROUP_SKB;
}

/// A number of bytes in [0 or 1, max] in register r, often the constant max.
void size_in(Builder& b, int r, int max, bool zero_allowed) {
  if (b.rng.percent(50)) {
    b.code.mov(r, b.rng.percent(95) ? max : max + 1);
  } else {
    const int s = b.bounded_scalar(zero_allowed ? max : max - 1, -1);
    if (s != r) b.code.mov_reg(r, s);
    if (!zero_allowed) b.code.alu(bpf::ADD, r, 1);
  }
  b.set_scalar(r);
}

/// A pointer to `size` bytes that may be read (or written) in register r.
void memory_in(Builder& b, int r, int size, bool write) {
  const int p = b.find([&](const Val& v) {
    return v.readable() && v.kind != Val::packet && v.lo <= 0 && v.hi >= size && (!write || v.writable(b.prog.type));
  });
  if (p >= 0 && b.rng.percent(50)) {
    if (p != r) b.code.mov_reg(r, p);
    b.reg(r) = b.reg(p);
    if (b.reg(p).kind == Val::stack && write)
      for (Val& s : b.m.slot)
        if (s.kind == Val::scalar) s = {};
    return;
  }
  b.stack_buffer_in(r, size, write ? b.rng.percent(30) : b.rng.percent(80));
}

/// A key of the map in register r.
void key_in(Builder& b, int r, int map) {
  const int size = static_cast<int>(map_def(map).key_size);
  const int off = b.stack_buffer_in(r, size, false);
  if (size == 8) {
    b.code.store_imm(bpf::DW, 10, off, b.immediate());
    return;
  }
  if (b.rng.percent(60)) {
    b.code.store_imm(
        b.rng.percent(80) ? bpf::W : bpf::DW, 10, off,
        b.rng.percent(80) ? b.rng.below(static_cast<int>(map_def(map).max_entries)) : b.rng.of({4, 5, 1, -1}));
    return;
  }
  const int s = b.find([](const Val& v) { return v.kind == Val::scalar; });
  if (s >= 0)
    b.code.store(bpf::W, 10, off, s);
  else
    b.code.store_imm(bpf::W, 10, off, 0);
}

}  // namespace

bool map_lookup(Builder& b) {
  if (!may_call(b)) return false;
  const ProgType t = b.prog.type;
  const bool may_lock = t == ProgType::SCHED_CLS || t == ProgType::XDP || t == ProgType::CGROUP_SKB;
  const int map =
      may_lock && b.rng.percent(15)
          ? int{locked}
          : b.rng.of({int{small_array}, int{small_array}, int{hash}, int{hash}, int{percpu_array}, int{global_data}});
  key_in(b, 2, map);
  b.code.map(1, map);
  b.code.helper(func::map_lookup_elem);
  b.after_call();
  const Val found = {Val::value_or_null, map == locked ? 4 : 0, static_cast<int>(map_def(map).value_size), map};
  b.reg(0) = found;
  int at = 0;
  if (b.rng.percent(60))
    if (const int k = b.keeper(); k >= 0) {
      b.code.mov_reg(k, 0);
      b.reg(k) = found;
      at = b.rng.percent(50) ? k : 0;
    }
  if (b.rng.percent(15)) return true;
  // Checked at once: both copies become known.
  const Val value = {Val::value, found.lo, found.hi, map};
  if (const int l = b.way_out(); l >= 0 && b.rng.percent(60)) {
    b.code.jump_if(bpf::JEQ, at, 0, l, b.rng.percent(4) ? bpf::JMP32 : bpf::JMP);
    for (Val& v : b.m.r)
      if (v == found) v = value;
    return true;
  }
  const int over = b.code.label();
  b.code.jump_if(bpf::JEQ, at, 0, over);
  const Model before = b.m;
  for (Val& v : b.m.r)
    if (v == found) v = value;
  b.depth++;
  write_block(b, b.rng.between(1, 4));
  b.depth--;
  b.code.bind(over);
  b.m = join(before, b.m);
  return true;
}

bool null_check(Builder& b) {
  const int p = b.find([](const Val& v) { return v.kind == Val::value_or_null; });
  const int l = b.way_out();
  if (p < 0 || l < 0) return false;
  const Val checked = b.reg(p);
  b.code.jump_if(bpf::JEQ, p, 0, l);
  for (Val& v : b.m.r)
    if (v == checked) v.kind = Val::none;  // of several, only those of this look-up
  b.reg(p) = {Val::value, checked.lo, checked.hi, checked.map};
  return true;
}

bool map_change(Builder& b) {
  if (!may_call(b)) return false;
  const int map = b.rng.of({int{small_array}, int{hash}, int{hash}, int{global_data}});
  const bool remove = map == hash && b.rng.percent(40);
  if (!remove) memory_in(b, 3, static_cast<int>(map_def(map).value_size), false);
  b.pinned |= 1u << 3;
  key_in(b, 2, map);
  b.pinned &= ~(1u << 3);
  b.code.map(1, map);
  if (!remove) b.code.mov(4, b.rng.percent(80) ? 0 : b.rng.below(4));
  b.code.helper(remove ? func::map_delete_elem : func::map_update_elem);
  b.after_call();
  return true;
}

bool simple_helper(Builder& b) {
  if (!may_call(b)) return false;
  b.code.helper(b.rng.of({u32{func::ktime_get_ns}, u32{func::get_prandom_u32}, u32{func::get_smp_processor_id},
                          u32{func::get_prandom_u32}}));
  b.after_call();
  return true;
}

bool memory_helper(Builder& b) {
  if (!may_call(b)) return false;
  const int size = b.rng.of({4, 8, 16, 24, 32, 64});
  switch (b.rng.below(5)) {
    case 0: {  // csum_diff(from, from_size, to, to_size, seed)
      if (b.prog.type != ProgType::SCHED_CLS && b.prog.type != ProgType::XDP) return false;
      const bool no_from = b.rng.percent(25);
      b.code.mov(5, b.rng.below(2));
      b.pinned |= 1u << 5;
      if (b.rng.percent(60)) {
        b.code.mov(4, size);
        b.set_scalar(4);
      } else
        size_in(b, 4, size, true);
      b.pinned |= 1u << 4;
      memory_in(b, 3, size, false);
      b.pinned |= 1u << 3;
      b.code.mov(2, no_from ? 0 : size);
      b.pinned |= 1u << 2;
      if (no_from)
        b.code.mov(1, 0);
      else
        memory_in(b, 1, size, false);
      b.pinned &= ~0x3fu;
      b.code.helper(func::csum_diff);
      break;
    }
    case 1: {  // probe_read_kernel(to, size, address); also for network programs, which may with CAP_PERFMON
      b.code.mov(3, 0);
      b.pinned |= 1u << 3;
      const bool str = b.rng.percent(30);
      size_in(b, 2, size, true);
      b.pinned |= 1u << 2;
      memory_in(b, 1, size, true);
      b.pinned &= ~0x3fu;
      b.code.helper(str ? func::probe_read_kernel_str : func::probe_read_kernel);
      break;
    }
    case 2: {  // skb_load_bytes(skb, offset, to, size)
      if (!is_skb(b.prog.type)) return false;
      size_in(b, 4, size, false);
      b.pinned |= 1u << 4;
      memory_in(b, 3, size, true);
      b.pinned |= 1u << 3;
      b.code.mov(2, b.rng.below(64));
      b.pinned |= 1u << 2;
      const bool have = b.context_in(1);
      b.pinned &= ~0x3fu;
      if (!have) {
        b.m.forget(1, 5);
        return true;
      }
      b.code.helper(func::skb_load_bytes);
      break;
    }
    case 3: {  // ringbuf_output(map, data, size, flags)
      b.code.mov(4, 0);
      b.pinned |= 1u << 4;
      size_in(b, 3, size, true);
      b.pinned |= 1u << 3;
      memory_in(b, 2, size, false);
      b.pinned &= ~0x3fu;
      b.code.map(1, ring_buffer);
      b.code.helper(func::ringbuf_output);
      break;
    }
    default: {  // trace_printk(format, size, ...)
      b.code.mov(3, b.rng.below(9));
      b.pinned |= 1u << 3;
      size_in(b, 2, size, false);
      b.pinned |= 1u << 2;
      memory_in(b, 1, size, false);
      b.pinned &= ~0x3fu;
      b.code.helper(func::trace_printk);
      break;
    }
  }
  b.after_call();
  return true;
}

bool packet_helper(Builder& b) {
  if (!may_call(b)) return false;
  const ProgType t = b.prog.type;
  if (t == ProgType::XDP) {
    b.code.mov(2, b.rng.of({-8, 0, 8, 14}));
    if (!b.context_in(1)) return false;
    b.code.helper(b.rng.of({u32{func::xdp_adjust_head}, u32{func::xdp_adjust_tail}, u32{func::xdp_adjust_meta}}));
  } else if (t == ProgType::SCHED_CLS) {
    if (b.rng.percent(50)) {
      b.code.mov(2, b.rng.below(100));
      if (!b.context_in(1)) return false;
      b.code.helper(func::skb_pull_data);
    } else {
      b.code.mov(5, 0);
      b.pinned |= 1u << 5;
      size_in(b, 4, 16, false);
      b.pinned |= 1u << 4;
      memory_in(b, 3, 16, false);
      b.pinned |= 1u << 3;
      b.code.mov(2, b.rng.below(64));
      b.pinned |= 1u << 2;
      const bool have = b.context_in(1);
      b.pinned &= ~0x3fu;
      if (!have) return true;
      b.code.helper(func::skb_store_bytes);
    }
  } else {
    return false;
  }
  b.after_call();
  b.forget_packets();
  return true;
}

bool tail_call(Builder& b) {
  if (!may_call(b) || b.held || b.rng.percent(40)) return false;
  if (b.rng.percent(50)) {
    b.code.mov(3, b.rng.below(4));
  } else {
    const int s = b.any_scalar();
    b.code.mov_reg(3, s);
  }
  b.reg(3) = {};
  b.code.map(2, program_array);
  b.reg(2) = {};
  if (!b.context_in(1)) return false;
  b.code.helper(func::tail_call);
  b.after_call();
  b.forget_packets();
  return true;
}

bool subprog_call(Builder& b) {
  if (b.pinned & 0x3f || b.callees.size() <= b.self + 1) return false;
  const auto n =
      static_cast<size_t>(b.rng.between(static_cast<int>(b.self) + 1, static_cast<int>(b.callees.size()) - 1));
  Callee& callee = b.callees[n];
  if (callee.func == Func::loop_callback || callee.func == Func::element_callback || (b.locked && callee.is_global()))
    return false;
  u32 done = 0;
  for (size_t i = callee.args.size(); i-- > 0;) {
    const int r = static_cast<int>(i) + 1;
    const Val want = callee.args[i];
    bool ok = true;
    if (want.kind == Val::ctx) {
      ok = b.context_in(r);
    } else if (want.kind == Val::scalar) {
      const int s = b.rng.percent(50) ? b.find([](const Val& v) { return v.kind == Val::scalar; }) : -1;
      if (s >= 0)
        b.code.mov_reg(r, s);
      else
        b.code.mov(r, b.rng.percent(70) ? b.rng.below(20) : b.immediate());
      b.set_scalar(r);
    } else if (want.kind == Val::value) {
      const int p = b.find([&](const Val& v) {
        return v.kind == Val::value && v.map == want.map && v.lo <= want.lo && v.hi >= want.hi;
      });
      if (p >= 0) {
        b.code.mov_reg(r, p);
        b.reg(r) = want;
      } else {
        b.code.wide(r, bpf::PSEUDO_MAP_VALUE, global_data, 0);
        b.reg(r) = {Val::value, 0, 40, global_data};
      }
    } else if (callee.is_global() && b.rng.percent(10)) {
      b.code.mov(r, 0);
    } else {
      memory_in(b, r, want.hi, true);
    }
    b.pinned |= 1u << r;
    done |= 1u << r;
    if (!ok) {
      b.pinned &= ~done;
      return true;
    }
  }
  b.pinned &= ~done;
  callee.used = true;
  b.code.jump(insn(bpf::JMP | bpf::CALL, 0, bpf::PSEUDO_CALL), callee.label);
  b.after_call();
  for (Val& v : b.m.slot)
    if (v.kind == Val::scalar) v = {};
  if (b.rng.percent(30)) b.forget_packets();  // the callee may have moved the packet; else a mistake worth having
  return true;
}

bool loop_call(Builder& b) {
  if (!may_call(b) || b.held || b.callees.size() <= b.self + 1) return false;
  for (size_t n = b.self + 1; n < b.callees.size(); n++) {
    Callee& c = b.callees[n];
    if (c.func == Func::loop_callback) {
      const bool constant = b.rng.percent(50);
      int s = constant ? -1 : b.any_scalar();
      if (s >= 0)
        b.code.mov_reg(1, s);
      else
        b.code.mov(1, b.rng.of({0, 1, 2, 3, 8, 100}));
      b.set_scalar(1);
      b.pinned |= 2;
      memory_in(b, 3, c.args[1].hi, true);
      b.pinned &= ~2u;
      b.code.mov(4, 0);
      b.code.jump(insn(bpf::LD_IMM64, 2, bpf::PSEUDO_FUNC), c.label);
      b.code.emit(insn(0));
      b.code.helper(func::loop);
    } else if (c.func == Func::element_callback) {
      memory_in(b, 3, c.args[3].hi, true);
      b.code.mov(4, 0);
      b.code.jump(insn(bpf::LD_IMM64, 2, bpf::PSEUDO_FUNC), c.label);
      b.code.emit(insn(0));
      b.code.map(1, c.args[2].map);
      b.code.helper(func::for_each_map_elem);
    } else {
      continue;
    }
    c.used = true;
    b.after_call();
    for (Val& v : b.m.slot)
      if (v.kind == Val::scalar) v = {};
    return true;
  }
  return false;
}

}  // namespace bpfcheck::differential
