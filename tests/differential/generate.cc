// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "differential/generate.h"

#include "differential/statements.h"

namespace bpfcheck::differential {
namespace {

struct Weighted {
  Statement write;
  int weight;
};

constexpr Weighted statements[] = {
    {arithmetic, 14},
    {move, 6},
    {linked_scalars, 5},
    {byte_order, 2},
    {pointer_comparison, 1},
    {stack_store, 5},
    {stack_load, 5},
    {spill, 6},
    {fill, 6},
    {variable_stack, 3},
    {access, 12},
    {variable_access, 8},
    {atomic, 4},
    {context_access, 4},
    {global_data_pointer, 4},
    {pointer_walk, 3},
    {map_lookup, 8},
    {null_check, 4},
    {map_change, 2},
    {simple_helper, 2},
    {memory_helper, 4},
    {packet_helper, 2},
    {tail_call, 1},
    {subprog_call, 6},
    {loop_call, 3},
    {branch, 10},
    {early_exit, 4},
    {bounded_loop, 4},
    {may_goto_loop, 1},
    {ring_buffer_record, 3},
    {critical_section, 3},
    {packet_bounds, 7},
    {iterator_loop, 2},
    {guarded_section, 1},
    {dynptr, 2},
};

Statement pick(Rng& rng) {
  static const int total = [] {
    int sum = 0;
    for (const Weighted& s : statements) sum += s.weight;
    return sum;
  }();
  int at = rng.below(total);
  for (const Weighted& s : statements)
    if ((at -= s.weight) < 0) return s.write;
  return arithmetic;
}

std::vector<Val> arguments(Func f, Rng& rng) {
  const Val scalar{Val::scalar}, buffer{Val::stack, 0, 16}, value{Val::value, 0, 40, global_data}, context{Val::ctx};
  switch (f) {
    case Func::subprog_1:
      return {scalar};
    case Func::subprog_2:
      return {scalar, rng.of({scalar, buffer, value, context})};
    case Func::subprog_3:
      return {buffer, scalar, scalar, rng.of({value, context}), scalar};
    case Func::loop_callback:
      return {scalar, buffer};
    case Func::element_callback: {
      const int map = rng.percent(50) ? small_array : hash;
      return {{}, {}, {Val::value, 0, static_cast<int>(map_def(map).value_size), map}, buffer};
    }
    case Func::global_number:
      return {scalar, scalar};
    case Func::global_object:
      return {{Val::memory, 0, 16}, scalar};
    case Func::global_context:
      return {context};
    default:
      return {};
  }
}

/// Functions that the program may call; the main program stands first.
std::vector<Callee> callees(Rng& rng, bool with_types, ProgType type) {
  std::vector<Callee> all(1);
  all[0].func = Func::main;
  const int n = rng.of({0, 0, 1, 1, 2, 3});
  for (int i = 0; i < n; i++) {
    Callee c;
    c.func = rng.of({Func::subprog_1, Func::subprog_2, Func::subprog_3});
    if (with_types && rng.percent(65))
      c.func = rng.of({Func::loop_callback, Func::loop_callback, Func::element_callback, Func::global_number,
                       Func::global_object, Func::global_context});
    const bool skb = type == ProgType::SCHED_CLS || type == ProgType::CGROUP_SKB || type == ProgType::SOCKET_FILTER;
    if (c.func == Func::global_context && !skb) c.func = Func::global_number;
    bool twice = false;
    for (const Callee& o : all) twice |= o.func == c.func;
    if (twice && with_types) continue;
    c.args = arguments(c.func, rng);
    all.push_back(c);
  }
  return all;
}

/// Argument registers die with the first call: what is worth keeping goes elsewhere.
void keep_arguments(Builder& b, const Callee& self) {
  for (size_t i = 0; i < self.args.size(); i++) {
    const int r = static_cast<int>(i) + 1;
    const Val v = self.args[i];
    b.reg(r) = v;
    if (self.func == Func::global_object && v.kind == Val::memory && b.rng.percent(95)) {
      b.code.jump_if(bpf::JEQ, r, 0, b.bail);
    }
    if (v.kind == Val::none) continue;
    if (const int k = b.keeper(); k >= 0 && b.reg(k).kind == Val::none && b.rng.percent(70)) {
      b.code.mov_reg(k, r);
      b.reg(k) = v;
      if (v.kind == Val::ctx) b.pinned |= 1u << k;
    } else if (b.rng.percent(85)) {
      const int slot = b.rng.below(slot_count);
      if (b.pinned_slots >> slot & 1) continue;
      b.code.store(bpf::DW, 10, -8 * (slot + 1), r);
      b.m.slot[static_cast<size_t>(slot)] = v;
      if (v.kind == Val::ctx) b.pinned_slots |= 1u << slot;
    }
  }
}

/// r0 as a function of this kind may return it.
void set_return_value(Builder& b, Func f) {
  const bool yes_or_no = f == Func::loop_callback || f == Func::element_callback || b.prog.type == ProgType::CGROUP_SKB;
  if (yes_or_no && b.rng.percent(40)) {
    const int r = b.bounded_scalar(1);
    if (r) b.code.mov_reg(0, r);
  } else if (!yes_or_no && b.rng.percent(70)) {
    const int r = b.any_scalar();
    if (r) b.code.mov_reg(0, r);
  } else {
    b.code.mov(0, b.rng.below(2));
  }
}

void write_function(Builder& b, const Callee& self) {
  b.bail = b.code.label();
  if (self.func == Func::main)
    keep_arguments(b, {.func = Func::main, .args = {{Val::ctx}}});
  else
    keep_arguments(b, self);
  write_block(b, b.budget);
  set_return_value(b, self.func);
  b.code.exit();
  b.code.bind(b.bail);
  if (!b.code.jumps_to(b.bail)) return;
  b.code.mov(0, 0);
  b.code.exit();
}

}  // namespace

void write_block(Builder& b, int n) {
  for (int i = 0; i < n && b.budget > 0; i++) {
    b.budget--;
    for (int tries = 0; tries < 12; tries++)
      if (pick(b.rng)(b)) break;
  }
}

Program generate(u64 seed) {
  using enum ProgType;
  Rng rng(seed * 0x2545f4914f6cdd1d + 1);
  Program p;
  p.seed = seed;
  p.type = rng.of(
      {SOCKET_FILTER, SCHED_CLS, SCHED_CLS, SCHED_CLS, XDP, XDP, CGROUP_SKB, RAW_TRACEPOINT, TRACEPOINT, PERF_EVENT});
  if (rng.percent(25)) p.flags |= F_TEST_STATE_FREQ;
  if (rng.percent(10)) p.flags |= F_TEST_REG_INVARIANTS;
  if (rng.percent(3)) p.flags |= F_STRICT_ALIGNMENT;
  if (rng.percent(5)) p.flags |= F_TEST_RND_HI32;
  const bool with_types = rng.percent(45);
  auto functions = callees(rng, with_types, p.type);
  Code code;
  for (Callee& c : functions) c.label = code.label();
  functions[0].used = true;
  for (size_t i = 0; i < functions.size(); i++) {
    code.bind(functions[i].label);
    if (!functions[i].used) continue;
    if (with_types) p.functions.push_back({static_cast<u32>(code.here()), functions[i].func});
    Builder b(rng, code, p, functions);
    b.self = i;
    b.budget = i == 0 ? rng.of({3, 8, 14, 20, 30}) : rng.of({2, 4, 8});
    write_function(b, functions[i]);
  }
  code.link();
  p.insns = std::move(code.insns);
  const int changes = rng.of({0, 0, 0, 1, 1, 2});
  for (int i = 0; i < changes; i++) mutate(p, rng);
  return p;
}

}  // namespace bpfcheck::differential
