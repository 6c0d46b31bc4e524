// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See visited.h.
#include "verifier_sim/search/visited.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "verifier_sim/search/clean_state.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/search/linked_regs.h"
#include "verifier_sim/search/loop_entry.h"
#include "verifier_sim/search/read_marks.h"
#include "verifier_sim/search/stack_liveness.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

constexpr u32 max_history = 40;  ///< a longer history forces a new remembered state
constexpr int max_backedge_rounds = 64;

/// The same by read marks.
void forget_unread(Remembered& st) {
  st.cleaned = true;
  for (u32 i = 0; i <= st.curframe; i++) {
    SavedFrame& f = *st.frame[i];
    for (u32 r = 0; r < bpf::REG_FP; r++)
      if (!f.marks.read(r)) {
        f.regs[r] = SharedReg();
        f.precise_regs &= static_cast<u16>(~(1u << r));
      }
    for (u32 s = 0; s < f.stack.size(); s++)
      if (!f.marks.slot_read(s)) {
        if (!f.stack[s].is_empty()) f.stack.edit(s) = StackSlot{};
        f.precise_slots &= ~(u64{1} << s);
      }
  }
}

/// clean_verifier_state: forgets registers and slots that are dead, so that comparing has less to compare.
void clean_verifier_state(Env& env, Remembered& st) {
  if (env.laws.search.read_marks()) return forget_unread(st);
  (void)bpf_live_stack_query_init(env, st);
  st.cleaned = true;
  for (u32 i = 0; i <= st.curframe; i++) {
    SavedFrame& f = *st.frame[i];
    const u16 live = env.prog.aux[frame_insn_idx(st, i)].live_regs_before;
    for (u32 r = 0; r < bpf::REG_FP; r++)
      if (!(live & (1u << r))) f.regs[r] = SharedReg();
    f.precise_regs &= live;
    const u64 live_slots = bpf_live_stack_slots(env, f.frameno);
    for (u32 s = 0; s < f.stack.size(); s++)
      if (!(live_slots >> s & 1) && !f.stack[s].is_empty()) f.stack.edit(s) = StackSlot{};
    f.precise_slots &= live_slots;
  }
}

void clean_live_states(Env& env, u32 insn, const State& cur) {
  for (Remembered* sl = explored_state(env, insn); sl; sl = sl->next) {
    if (sl->branches || sl->insn_idx != insn || sl->cleaned || !same_callsites(*sl, cur) ||
        incomplete_read_marks(env, *sl))
      continue;
    if (env.laws.search.loop_entries && env.target.has(Feature::loops_kept_whole))
      if (const Remembered* entry = loop_entry_of(*sl); entry && entry->branches) continue;
    clean_verifier_state(env, *sl);
  }
}

Stop propagate_precision(Env& env, const Remembered& old, State* cur, bool* changed) {
  Backtrack& bt = env.explorer->bt;
  for (int f = static_cast<int>(old.curframe); f >= 0; f--) {
    auto fr = static_cast<u32>(f);
    const SavedFrame& frame = *old.frame[fr];
    std::string names;
    bool any = false;
    // Before precision was followed from frame to frame, each by itself.
    const auto follow = [&](std::string_view name) -> Stop {
      env.notes.detail(Msg::PropagatingPrecision, fr, name);
      any = false;
      names.clear();
      return mark_chain_precision_batch(env, cur, fr, changed);
    };
    for (u32 i = 0; i < bpf::REG_FP; i++) {
      if (frame.regs[i]->type != SCALAR_VALUE || !frame.reg_precise(i)) continue;
      if (env.laws.search.read_marks() && !frame.marks.read(i)) continue;
      if (env.notes.detailed()) names += (any ? ",r" : "r") + std::to_string(i);
      bt.set_reg(fr, i);
      any = true;
      if (!env.laws.search.precision_frames)
        if (Stop stop = follow(names)) return stop;
    }
    // With capabilities no scalar is precise as it is saved: only marks are to be looked for.
    for (u32 i = env.prog.may.bpf_capable ? static_cast<u32>(std::countr_zero(frame.precise_slots)) : 0;
         i < frame.stack.size(); i++) {
      if (!frame.stack[i].is_spilled_scalar() || !frame.slot_precise(i)) continue;
      if (env.laws.search.read_marks() && !frame.marks.slot_read(i)) continue;
      if (env.notes.detailed()) names += (any ? ",fp-" : "fp-") + std::to_string((i + 1) * 8);
      if (env.laws.search.precision_frames || cur->frame[fr]->stack[i].is_spilled_scalar()) bt.set_slot(fr, i);
      any = true;
      if (!env.laws.search.precision_frames)
        if (Stop stop = follow(names)) return stop;
    }
    if (any && env.notes.detailed()) env.notes.detail(Msg::PropagatingPrecision, fr, names);
  }
  return env.laws.search.precision_frames ? mark_chain_precision_batch(env, cur, cur->curframe, changed) : go_on;
}

bool iter_active_depths_differ(const SavedState& old, const State& cur) {
  for (u32 f = 0; f <= old.curframe; f++) {
    const SavedFrame& frame = *old.frame[f];
    for (u32 i = 0; i < frame.stack.size(); i++) {
      const StackSlot& s = frame.stack[i];
      if (s.slot[0] != SlotType::Iter || s.spilled->u.iter_state != IterState::Active) continue;
      if (cur.frame[f]->stack[i].spilled->u.iter_depth != s.spilled->u.iter_depth) return true;
    }
  }
  return false;
}

/// The iterator that this iter_next() call advances is still active in the current state.
bool iterator_is_active(Env& env) {
  const Reg& reg = env.path.cur_func()->regs[1];
  int spi = get_spi(reg.off + static_cast<s32>(reg.var_off().value));
  return env.path.func(&reg)->stack[static_cast<u32>(spi)].spilled->u.iter_state == IterState::Active;
}

bool is_may_goto(const Insn& insn) { return insn.code == (bpf::JMP | bpf::JCOND) && insn.src == bpf::MAY_GOTO; }

enum class Match : u8 { Hit, HitLoop, Miss, MissInLoop, InfiniteLoop };

/// How states within a loop are compared, whose marks are not complete.
ExactLevel in_loop(const Env& env) {
  return env.laws.search.ranges_in_loops ? ExactLevel::RangeWithin : ExactLevel::Exact;
}

/// Compares with a state that is still being explored: the path may be going round in a loop.
Match compare_with_open(Env& env, Remembered& old, State& cur, std::optional<u64>& print, u32 insn_idx) {
  const bool only_same = !env.prog.aux[insn_idx].is_iter_next && !bpf_calls_callback(env, insn_idx) &&
                         !is_may_goto(env.prog.insns[insn_idx]);
  if (only_same) {  // most end here, and nothing but the list has been looked at
    if (!print) print = fingerprint(cur);
    if (*print != old.fingerprint) return Match::MissInLoop;
  }
  const SavedFrame& top = old.cur();
  if (top.in_async_callback_fn && top.async_entry_cnt != cur.cur().async_entry_cnt) return Match::MissInLoop;
  if (env.prog.aux[insn_idx].is_iter_next) {
    if (states_equal(env, old, cur, in_loop(env)) && iterator_is_active(env)) return Match::HitLoop;
    return Match::MissInLoop;
  }
  if (is_may_goto(env.prog.insns[insn_idx]) && old.may_goto_depth != cur.may_goto_depth &&
      states_equal(env, old, cur, in_loop(env)))
    return Match::HitLoop;
  if (bpf_calls_callback(env, insn_idx)) {
    if (!states_equal(env, old, cur, in_loop(env))) return Match::MissInLoop;
    return env.laws.search.callbacks_are_loops ? Match::HitLoop : Match::Hit;
  }
  if (!print) print = fingerprint(cur);
  if (*print == old.fingerprint && states_maybe_looping(old, cur) &&
      states_equal(env, old, cur, env.laws.search.ranges_in_loops ? ExactLevel::Exact : ExactLevel::NotExact) &&
      !iter_active_depths_differ(old, cur) && old.may_goto_depth == cur.may_goto_depth &&
      old.callback_unroll_depth == cur.callback_unroll_depth)
    return Match::InfiniteLoop;
  return Match::MissInLoop;
}

Stop on_hit(Env& env, Remembered& old, State* cur, u32 insn_idx, bool loop) {
  old.hit_cnt++;
  if (env.laws.search.read_marks()) propagate_read_marks(env, old, *cur);
  if (env.prog.aux[env.path.insn_idx].jmp_point)
    if (Stop stop = push_jmp_history(env, cur, 0, 0)) return stop;
  if (Stop stop = propagate_precision(env, old, cur, nullptr)) return stop;
  if (loop && env.laws.search.components) {
    // Marks of the old state are not complete before its loop is: keep the current one until then.
    auto backedge = cur->copy();
    backedge->insn_idx = insn_idx;
    if (Stop stop = add_scc_backedge(env, &old, std::move(backedge))) return stop;
  }
  return go_on;
}

/// Frees an evicted state where its marks are final and no other state goes by it; else it stays until the end.
void free_if_done(Env& env, Remembered* sl) {
  if (!sl->cleaned || sl->used_as_loop_entry) return;
  Explorer& x = *env.explorer;
  x.evicted = sl->next;
  if (sl->next) sl->next->prev = nullptr;
  delete sl;
  x.free_list_size--;
  env.stats.peak_states--;
}

void evict(Env& env, Remembered*& head, Remembered* sl) {
  Explorer& x = *env.explorer;
  if (sl->prev)
    sl->prev->next = sl->next;
  else
    head = sl->next;
  if (sl->next) sl->next->prev = sl->prev;
  sl->evicted = true;
  sl->prev = nullptr;
  sl->next = x.evicted;
  if (x.evicted) x.evicted->prev = sl;
  x.evicted = sl;
  x.free_list_size++;
  x.explored_states_size--;
  if (env.laws.search.old_peak)
    free_if_done(env, sl);
  else
    maybe_free_verifier_state(env, sl);
}

Stop remember(Env& env, Remembered*& head, State* cur, u64 print, u32 insn_idx) {
  Explorer& x = *env.explorer;
  env.stats.total_states++;
  x.explored_states_size++;
  if (env.laws.search.old_peak)
    env.stats.peak_states++;
  else
    update_peak_states(env);
  env.explorer->prev_jmps_processed = env.explorer->jmps_processed;
  env.explorer->prev_insn_processed = env.stats.processed;
  if (env.prog.may.bpf_capable && x.live_precise) mark_all_scalars_imprecise(cur);
  if (env.target.has(Feature::lone_ids_dropped)) drop_lone_ids(*cur);
  auto fresh = std::make_unique<Remembered>();
  if (env.laws.search.read_marks()) prepare_marks(*cur);
  fresh->save(*cur);
  if (!env.target.has(Feature::loop_entry_copied)) fresh->loop_entry = nullptr;
  fresh->fingerprint = print;
  fresh->insn_idx = insn_idx;
  if (Stop stop = maybe_enter_scc(env, *fresh)) return stop;
  if (env.laws.search.read_marks()) link_marks(*cur, *fresh);
  cur->parent = fresh.get();
  cur->first_insn_idx = insn_idx;
  cur->dfs_depth = fresh->dfs_depth + 1;
  cur->history.clear();
  x.bt.walks.clear();
  fresh->next = head;
  if (head) head->prev = fresh.get();
  head = fresh.release();
  return go_on;
}

}  // namespace

Stop propagate_backedges(Env& env, SccVisit& visit) {
  bool changed = true;
  for (int round = 0; changed; round++) {
    if (round > max_backedge_rounds) {
      env.notes.detail(Msg::BackedgeTooManyIterations);
      for (auto it = visit.backedges.rbegin(); it != visit.backedges.rend(); ++it)
        mark_all_scalars_precise(env, it->state.get());
      break;
    }
    changed = false;
    for (auto it = visit.backedges.rbegin(); it != visit.backedges.rend(); ++it)
      if (Stop stop = propagate_precision(env, *it->equal, it->state.get(), &changed)) return stop;
  }
  visit.backedges.clear();
  return go_on;
}

Expected<Visit> is_state_visited(Env& env, u32 insn_idx) {
  State* cur = env.path.cur_state;
  const bool force_checkpoint = env.prog.aux[insn_idx].force_checkpoint;
  const bool force_new_state = env.prog.may.test_state_freq || force_checkpoint ||
                               (env.laws.search.history_bound && cur->history.size() > max_history);
  const u32 jumps = env.explorer->jmps_processed - env.explorer->prev_jmps_processed;
  const u32 insns = env.stats.processed - env.explorer->prev_insn_processed;
  bool add_new_state = force_new_state || (jumps >= 2 && insns >= 8);

  if (env.laws.search.stack_liveness == StackLiveness::known)
    clean_state(env, *cur);
  else
    clean_live_states(env, insn_idx, *cur);

  Remembered*& head = explored_state(env, insn_idx);
  u32 states_cnt = 0;
  std::optional<u64> print;
  bool loop =
      false;  // as in the kernel, an incomplete state seen earlier in the bucket still counts at a callback's hit
  for (Remembered *sl = head, *next; sl; sl = next) {
    next = sl->next;
    states_cnt++;
    if (sl->insn_idx != insn_idx) continue;

    Match m = Match::Miss;
    if (sl->branches) {
      m = compare_with_open(env, *sl, *cur, print, insn_idx);
    } else {
      Remembered* entry = env.laws.search.loop_entries ? loop_entry_of(*sl) : nullptr;
      const bool open = entry && entry->branches;
      loop = open || incomplete_read_marks(env, *sl);
      if (states_equal(env, *sl, *cur, loop ? in_loop(env) : ExactLevel::NotExact)) {
        m = Match::Hit;
        if (open) update_loop_entry(*cur, *entry);
      }
    }
    switch (m) {
      case Match::Hit:
        if (Stop stop = on_hit(env, *sl, cur, insn_idx, loop)) return std::unexpected(stop);
        return Visit::Covered;
      case Match::HitLoop:
        if (env.laws.search.loop_entries) update_loop_entry(*cur, *sl);
        if (Stop stop = on_hit(env, *sl, cur, insn_idx, true)) return std::unexpected(stop);
        return Visit::Covered;
      case Match::InfiniteLoop: {
        if (env.notes.watched()) env.notes.observer->on_source_line(env, insn_idx);
        Stop stop = env.reject(Msg::InfiniteLoop, insn_idx);
        if (env.notes.watched()) env.notes.observer->on_loop_states(env, *cur, *sl->restored());
        return std::unexpected(stop);
      }
      case Match::MissInLoop:
        // Remembering every round of a loop costs more than it prunes.
        if (!force_new_state && jumps < 20 && insns < 100) add_new_state = false;
        break;
      case Match::Miss:
        break;
    }
    if (add_new_state) sl->miss_cnt++;
    u32 n = force_checkpoint && sl->branches > 0 ? 64 : 3;
    if (sl->miss_cnt > sl->hit_cnt * n + n) evict(env, head, sl);
  }
  env.stats.max_states_per_insn = std::max(env.stats.max_states_per_insn, states_cnt);
  if (!env.prog.may.bpf_capable && states_cnt > COMPLEXITY_LIMIT_STATES) return Visit::Fresh;
  if (!add_new_state) return Visit::Fresh;
  if (Stop stop = remember(env, head, cur, print ? *print : fingerprint(*cur), insn_idx)) return std::unexpected(stop);
  return env.laws.search.history_from_entry ? Visit::Fresh : Visit::Remembered;
}

}  // namespace bpfcheck::sim
