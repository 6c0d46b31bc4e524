// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See stack_liveness.h.
#include "verifier_sim/search/stack_liveness.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

#include "verifier_sim/flow/cfg.h"
#include "verifier_sim/flow/subprogs.h"
#include "verifier_sim/flow/successors.h"
#include "verifier_sim/search/liveness.h"
#include "verifier_sim/search/read_marks.h"

namespace bpfcheck::sim {
namespace {

using Chain = Liveness::Chain;
using Instance = Liveness::Instance;
using Masks = Liveness::Masks;

Chain chain_of(const Env& env, const auto& st, u32 frameno) {
  Chain c;
  for (u32 i = 0; i <= frameno; i++) {
    c.starts[i] = env.prog.subprogs[st.frame[i]->subprogno].start;
    if (i < st.curframe) c.callsites[i] = static_cast<u32>(st.frame[i + 1]->callsite);
  }
  c.curframe = frameno;
  c.callsites[frameno] = c.starts[frameno];
  return c;
}

Instance* instance_of(Env& env, const Chain& chain) {
  Liveness& l = *env.liveness;
  for (Instance* i : {l.last_lookup})
    if (i && i->chain.same_callsites(chain)) return i;
  auto [it, fresh] = l.instances.try_emplace(chain.key());
  if (fresh) {
    it->second = std::make_unique<Instance>();
    Instance& inst = *it->second;
    const u32 sub = *find_containing_subprog(env.prog, static_cast<int>(chain.starts[chain.curframe]));
    inst.chain = chain;
    inst.insn_cnt = env.prog.subprogs[sub + 1].start - env.prog.subprogs[sub].start;
    inst.postorder_start = env.prog.subprogs[sub].postorder_start;
    inst.postorder_cnt = env.prog.subprogs[sub + 1].postorder_start - inst.postorder_start;
    inst.must_write_set.resize(inst.insn_cnt);
  }
  return l.last_lookup = it->second.get();
}

Masks& masks_at(Instance& inst, u32 frame, u32 insn_idx) {
  auto& masks = inst.frames[frame];
  if (masks.empty()) {
    masks.resize(inst.insn_cnt);
    inst.stale[frame].resize((inst.postorder_cnt + 63) / 64);
  }
  return masks[insn_idx - inst.start()];
}

Instance& current(Env& env) {
  Liveness& l = *env.liveness;
  if (!l.cur_instance)
    l.cur_instance = instance_of(env, chain_of(env, *env.path.cur_state, env.path.cur_state->curframe));
  return *l.cur_instance;
}

void mark_stale(const Liveness& l, Instance& inst, u32 frame, u32 insn_idx) {
  const u32 at = l.position[insn_idx] - inst.postorder_start;
  inst.stale[frame][at / 64] |= 1ull << (at % 64);
}

void mark_read(const Liveness& l, Instance& inst, u32 frame, u32 insn_idx, u64 mask) {
  Masks& m = masks_at(inst, frame, insn_idx);
  u64 reads = m.may_read | mask;
  if (reads == m.may_read) return;
  mark_stale(l, inst, frame, insn_idx);
  if ((reads | m.live_before) != m.live_before) inst.updated = true;
  m.may_read = reads;
}

void reset_writes(Liveness& l, const Instance& inst, u32 insn_idx) {
  l.write_insn_idx = insn_idx;
  std::fill_n(l.writes.begin(), inst.chain.curframe + 1, u64{0});
}

void commit_writes(Liveness& l, Instance& inst) {
  const u32 idx = l.write_insn_idx - inst.start();
  const bool seen = inst.must_write_set[idx];
  for (u32 frame = 0; frame <= inst.chain.curframe; frame++) {
    u64 mask = l.writes[frame];
    if (mask == 0 && !seen) continue;
    Masks& m = masks_at(inst, frame, l.write_insn_idx);
    // The kernel keeps the former mask in 32 bits here: slots from the 33rd on count as not written the second time.
    const u64 old = static_cast<u32>(m.must_write);
    if (seen) mask &= old;
    if (old != mask) {
      m.must_write = mask;
      inst.updated = true;
      mark_stale(l, inst, frame, l.write_insn_idx);
    }
    if (old & ~mask) inst.must_write_dropped = true;
  }
  inst.must_write_set[idx] = true;
  l.write_insn_idx = 0;
}

std::string slots(u64 mask) {
  std::string s;
  for (; mask; mask &= mask - 1) s += (s.empty() ? "-" : ",-") + std::to_string((std::countr_zero(mask) + 1) * 8);
  return s;
}

std::string chain_text(const Chain& c) {
  std::string s = "(";
  for (u32 i = 0; i <= c.curframe; i++) s += (i ? "," : "") + std::to_string(static_cast<int>(c.callsites[i]));
  return s + ")";
}

void tell_change(Env& env, const Instance& inst, const char* what, u32 frame, u32 insn_idx, u64 before, u64 after) {
  u64 changed = before ^ after;
  if (!changed) return;
  std::string s;
  if (u64 ones = after & changed) s += std::string("+") + what + " " + slots(ones) + " ";
  if (u64 zeros = ~after & changed) s += std::string("-") + what + " " + slots(zeros);
  env.notes.detail(Msg::LiveStackChange, chain_text(inst.chain), frame, insn_idx, s);
}

bool update_insn(Env& env, Instance& inst, u32 frame, u32 insn_idx) {
  Successors succ = insn_successors(env.prog, insn_idx);
  if (succ.count == 0) return false;
  Masks& m = masks_at(inst, frame, insn_idx);
  u64 after = 0, acc = ~u64{0};
  for (u32 s : succ) {
    const Masks& next = masks_at(inst, frame, s);
    after |= next.live_before;
    acc &= next.must_write_acc;
  }
  acc |= m.must_write;
  const u64 before = (after & ~m.must_write) | m.may_read;
  const bool changed = before != m.live_before || acc != m.must_write_acc;
  if (changed && env.notes.detailed() &&
      (m.may_read || m.must_write || insn_idx == inst.start() || env.prog.aux[insn_idx].prune_point)) {
    tell_change(env, inst, "live", frame, insn_idx, m.live_before, before);
    tell_change(env, inst, "written", frame, insn_idx, m.must_write_acc, acc);
  }
  m.live_before = before;
  m.must_write_acc = acc;
  return changed;
}

/// Tells the caller's instance what the call as a whole reads and writes of outer frames.
void propagate_to_caller(Env& env, Instance& inst) {
  Chain outer = inst.chain;
  outer.callsites[outer.curframe] = outer.starts[outer.curframe] = 0;
  outer.curframe--;
  const u32 callsite = outer.callsites[outer.curframe];
  outer.callsites[outer.curframe] = outer.starts[outer.curframe];
  Liveness& l = *env.liveness;
  Instance& caller = *instance_of(env, outer);
  reset_writes(l, caller, callsite);
  for (u32 frame = 0; frame < inst.chain.curframe; frame++) {
    if (inst.frames[frame].empty()) continue;
    const Masks m = masks_at(inst, frame, inst.start());
    l.writes[frame] |= m.must_write_acc;
    mark_read(l, caller, frame, callsite, m.live_before);
  }
  commit_writes(l, caller);
}

/// One sweep in post-order over the instructions of a frame that are stale; what changes makes those before it stale:
/// for this sweep or, behind a loop's back edge, for the next.
bool sweep(Env& env, Instance& inst, u32 frame) {
  const Liveness& l = *env.liveness;
  std::vector<u64>& stale = inst.stale[frame];
  bool changed = false;
  for (u32 word = 0; word < stale.size(); word++)
    for (u64 ahead = ~u64{0}; u64 todo = stale[word] & ahead;) {
      const u64 bit = todo & -todo;
      const u32 insn_idx =
          env.prog.postorder[inst.postorder_start + word * 64 + static_cast<u32>(std::countr_zero(bit))];
      stale[word] &= ~bit;
      ahead = ~((bit << 1) - 1);
      if (!update_insn(env, inst, frame, insn_idx)) continue;
      changed = true;
      for (u32 i = l.predecessors_at[insn_idx]; i < l.predecessors_at[insn_idx + 1]; i++)
        mark_stale(l, inst, frame, l.predecessors[i]);
    }
  return changed;
}

void forget_written(Instance& inst) {
  for (u32 frame = 0; frame <= inst.chain.curframe; frame++) {
    for (Masks& m : inst.frames[frame]) m.must_write_acc = 0;
    std::ranges::fill(inst.stale[frame], ~u64{0});
    if (u32 rest = inst.postorder_cnt % 64; rest && !inst.stale[frame].empty())
      inst.stale[frame].back() = (1ull << rest) - 1;
  }
}

void update_instance(Env& env, Instance& inst) {
  if (inst.must_write_dropped) forget_written(inst);
  u32 rounds = 0;
  for (bool changed = true; changed;) {
    changed = false;
    rounds++;
    for (u32 frame = 0; frame <= inst.chain.curframe; frame++) changed |= sweep(env, inst, frame);
  }
  if (env.notes.detailed()) env.notes.detail(Msg::LiveStackDone, chain_text(inst.chain), rounds);
  if (inst.chain.curframe > 0) propagate_to_caller(env, inst);
}

u64 live_before(const Instance& inst, u32 insn_idx, u32 frame) {
  const auto& masks = inst.frames[frame];
  return masks.empty() ? 0 : masks[insn_idx - inst.start()].live_before;
}

}  // namespace

Stop bpf_stack_liveness_init(Env& env) {
  env.liveness = std::make_unique<Liveness>();
  Liveness& l = *env.liveness;
  const u32 n = static_cast<u32>(env.prog.insns.size());
  l.position.resize(n);
  l.predecessors_at.resize(n + 1);
  const std::vector<u32>& order = env.prog.postorder;
  for (u32 i = 0; i < order.size(); i++) {
    l.position[order[i]] = i;
    for (u32 next : insn_successors(env.prog, order[i])) l.predecessors_at[next + 1]++;
  }
  std::partial_sum(l.predecessors_at.begin(), l.predecessors_at.end(), l.predecessors_at.begin());
  l.predecessors.resize(l.predecessors_at[n]);
  std::vector<u32> at(l.predecessors_at.begin(), l.predecessors_at.end() - 1);
  for (u32 i : order)
    for (u32 next : insn_successors(env.prog, i)) l.predecessors[at[next]++] = i;
  return go_on;
}

Stop bpf_reset_stack_write_marks(Env& env, u32 insn_idx) {
  if (env.liveness) reset_writes(*env.liveness, current(env), insn_idx);
  return go_on;
}

void bpf_mark_stack_write(Env& env, u32 frame, u64 mask) {
  if (!env.laws.search.read_marks()) {
    if (env.liveness) env.liveness->writes[frame] |= mask;
    return;
  }
  for (; mask; mask &= mask - 1)
    mark_written(*env.path.cur_state->frame[frame], ReadMarks::of_slot(static_cast<u32>(std::countr_zero(mask))));
}

Stop bpf_mark_stack_read(Env& env, u32 frame, u32 insn_idx, u64 mask) {
  if (!env.laws.search.read_marks()) {
    if (env.liveness) mark_read(*env.liveness, current(env), frame, insn_idx, mask);
    return go_on;
  }
  for (; mask; mask &= mask - 1)
    mark_read(env, *env.path.cur_state->frame[frame], ReadMarks::of_slot(static_cast<u32>(std::countr_zero(mask))),
              ReadMark::Read64);
  return go_on;
}

Stop bpf_commit_stack_write_marks(Env& env) {
  if (env.liveness && env.liveness->cur_instance) commit_writes(*env.liveness, *env.liveness->cur_instance);
  return go_on;
}

void bpf_reset_live_stack_callchain(Env& env) {
  if (env.liveness) env.liveness->cur_instance = nullptr;
}

Stop bpf_update_live_stack(Env& env) {
  if (!env.liveness) return go_on;
  bpf_reset_live_stack_callchain(env);
  const State& st = *env.path.cur_state;
  for (u32 frame = st.curframe + 1; frame-- > 0;) {
    Instance& inst = *instance_of(env, chain_of(env, st, frame));
    if (!inst.updated) continue;
    update_instance(env, inst);
    inst.updated = inst.must_write_dropped = false;
  }
  return go_on;
}

Stop bpf_live_stack_query_init(Env& env, const SavedState& st) {
  auto& q = env.liveness->query;
  for (u32 frame = 0; frame <= st.curframe; frame++) q.instances[frame] = instance_of(env, chain_of(env, st, frame));
  q.curframe = st.curframe;
  q.insn_idx = st.insn_idx;
  return go_on;
}

u64 bpf_live_stack_slots(Env& env, u32 frameno) {
  const auto& q = env.liveness->query;
  const Instance& inner = *q.instances[q.curframe];
  u64 live = live_before(inner, q.insn_idx, frameno);
  for (u32 i = frameno; i < q.curframe; i++) {
    const u32 callsite = inner.chain.callsites[i];
    // A callback may be called again; a subprogram returns behind its call.
    live |= live_before(*q.instances[i], env.prog.aux[callsite].calls_callback ? callsite : callsite + 1, frameno);
  }
  return live;
}

}  // namespace bpfcheck::sim
