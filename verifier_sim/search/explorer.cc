// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See explorer.h.
#include "verifier_sim/search/explorer.h"

#include <algorithm>

#include "verifier_sim/search/loop_entry.h"
#include "verifier_sim/search/visited.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

void free_list(Remembered*& head) {
  while (head) {
    Remembered* next = head->next;
    delete head;
    head = next;
  }
}

/// compute_scc_callchain: false where the state is in no loop.
bool scc_callchain(const Env& env, const auto& st, SccCallchain& chain) {
  chain = {};
  for (u32 i = 0; i <= st.curframe; i++) {
    u32 insn_idx = frame_insn_idx(st, i);
    if (u32 scc = env.prog.aux[insn_idx].scc) {
      chain.scc = scc;
      return true;
    }
    if (i == st.curframe) return false;
    chain.callsites[i] = insn_idx;
  }
  return false;
}

SccVisit* find_visit(Explorer& x, const SccCallchain& chain) {
  if (chain.scc >= x.scc_visits.size()) return nullptr;
  for (SccVisit& v : x.scc_visits[chain.scc])
    if (v.callchain == chain) return &v;
  return nullptr;
}

/// "(callsite,...,scc)"
std::string callchain_text(const SccCallchain& chain) {
  std::string s = "(";
  for (u32 site : chain.callsites) {
    if (!site) break;
    s += std::to_string(site) + ",";
  }
  return s + std::to_string(chain.scc) + ")";
}

/// Leaves a loop with its entry state; any other state, live or saved, leaves none.
Stop maybe_exit_scc(Env& env, const auto& st) {
  SccCallchain chain;
  if (!scc_callchain(env, st, chain)) return go_on;
  SccVisit* visit = find_visit(*env.explorer, chain);
  if (!visit) return st.speculative ? go_on : env.reject(Msg::SccExitWithoutVisit, callchain_text(chain));
  if (static_cast<const StateFacts*>(visit->entry_state) != &st) return go_on;
  if (env.notes.detailed()) env.notes.detail(Msg::SccExit, callchain_text(chain));
  visit->entry_state = nullptr;
  env.explorer->num_backedges -= visit->num_backedges;
  visit->num_backedges = 0;
  update_peak_states(env);
  return propagate_backedges(env, *visit);
}

}  // namespace

/// Most branches are resumed soon, while few others lie on top of them.
constexpr size_t live_branches = 8;

State* Explorer::push(std::unique_ptr<State> live, int insn_idx, int prev_insn_idx) {
  if (stack.size() >= live_branches)
    if (Branch& deep = stack[stack.size() - live_branches]; deep.live) {
      deep.saved = std::make_unique<SavedState>();
      deep.saved->save(*deep.live);
      deep.live.reset();
    }
  return stack.emplace_back(std::move(live), nullptr, insn_idx, prev_insn_idx).live.get();
}

void Explorer::clear() {
  current.reset();
  callback.reset();
  stack.clear();
  for (Remembered*& head : buckets) free_list(head);
  free_list(evicted);
  scc_visits.clear();
  bt.walks.clear();
  live_precise = false;
}

State* push_stack(Env& env, int insn_idx, int prev_insn_idx, bool speculative) {
  Explorer& x = *env.explorer;
  auto st = env.path.cur_state->copy();
  st->speculative |= speculative;
  State* pushed = x.push(std::move(st), insn_idx, prev_insn_idx);
  if (env.notes.watched()) env.notes.observer->on_push(env);
  if (x.stack.size() > COMPLEXITY_LIMIT_JMP_SEQ) {
    env.notes.note(Msg::JumpSequenceTooComplex, x.stack.size());
    return nullptr;
  }
  if (pushed->parent) ++pushed->parent->branches;
  return pushed;
}

State* push_async_cb(Env& env, int insn_idx, int prev_insn_idx, int subprog, bool is_sleepable) {
  Explorer& x = *env.explorer;
  auto st = std::make_unique<State>();
  st->branches = 1;
  st->in_sleepable = is_sleepable;
  st->frame[0] = std::make_unique<Frame>();
  init_func_state(env.prog.may, st->frame[0].get(), MAIN_FUNC_CALLSITE, 0, static_cast<u32>(subprog));
  env.notes.mark_all_scratched();
  State* pushed = x.push(std::move(st), insn_idx, prev_insn_idx);
  if (env.notes.watched()) env.notes.observer->on_push(env);
  if (x.stack.size() > COMPLEXITY_LIMIT_JMP_SEQ) {
    env.notes.note(Msg::AsyncJumpSequenceTooComplex, x.stack.size());
    return nullptr;
  }
  return pushed;
}

bool pop_stack(Env& env, int* prev_insn_idx, u32* insn_idx) {
  Explorer& x = *env.explorer;
  if (x.stack.empty()) return false;
  Explorer::Branch branch = std::move(x.stack.back());
  x.stack.pop_back();
  Remembered* left_loop = x.current ? x.current->loop_entry : nullptr;
  x.current = branch.live ? std::move(branch.live) : branch.saved->restored();
  if (!env.target.has(Feature::loop_entry_copied)) x.current->loop_entry = left_loop;
  env.path.cur_state = x.current.get();
  x.bt.walks.clear();
  *insn_idx = static_cast<u32>(branch.insn_idx);
  *prev_insn_idx = branch.prev_insn_idx;
  return true;
}

Remembered*& explored_state(Env& env, u32 insn_idx) {
  auto callsite = static_cast<u32>(env.path.cur_func()->callsite);
  auto& buckets = env.explorer->buckets;
  return buckets[(insn_idx ^ callsite) % buckets.size()];
}

void update_peak_states(Env& env) {
  if (env.laws.search.old_peak) return;
  const Explorer& x = *env.explorer;
  env.stats.peak_states = std::max(env.stats.peak_states, x.explored_states_size + x.free_list_size + x.num_backedges);
}

void maybe_free_verifier_state(Env& env, Remembered* sl) {
  if (env.laws.search.old_peak || !sl->evicted || sl->branches != 0 || incomplete_read_marks(env, *sl)) return;
  Explorer& x = *env.explorer;
  if (sl->prev)
    sl->prev->next = sl->next;
  else
    x.evicted = sl->next;
  if (sl->next) sl->next->prev = sl->prev;
  delete sl;
  x.free_list_size--;
}

Stop maybe_enter_scc(Env& env, const Remembered& st) {
  Explorer& x = *env.explorer;
  SccCallchain chain;
  if (!scc_callchain(env, st, chain)) return go_on;
  SccVisit* visit = find_visit(x, chain);
  if (!visit) {
    if (chain.scc >= x.scc_visits.size()) x.scc_visits.resize(chain.scc + 1);
    visit = &x.scc_visits[chain.scc].emplace_back();
    visit->callchain = chain;
  }
  if (!visit->entry_state) {
    visit->entry_state = &st;
    if (env.notes.detailed()) env.notes.detail(Msg::SccEnter, callchain_text(chain));
  }
  return go_on;
}

Stop add_scc_backedge(Env& env, Remembered* equal, std::unique_ptr<State> backedge) {
  SccCallchain chain;
  if (!scc_callchain(env, *equal, chain)) return env.reject(Msg::BackedgeOutsideLoop, equal->insn_idx);
  SccVisit* visit = find_visit(*env.explorer, chain);
  if (!visit) return env.reject(Msg::BackedgeWithoutVisit, callchain_text(chain));
  if (env.notes.detailed()) env.notes.detail(Msg::SccBackedge, callchain_text(chain));
  visit->backedges.push_back({std::move(backedge), equal});
  visit->num_backedges++;
  env.explorer->num_backedges++;
  update_peak_states(env);
  return go_on;
}

bool incomplete_read_marks(Env& env, const Remembered& st) {
  if (env.explorer->num_backedges == 0) return false;
  SccCallchain chain;
  if (!scc_callchain(env, st, chain)) return false;
  SccVisit* visit = find_visit(*env.explorer, chain);
  return visit && !visit->backedges.empty();
}

Stop update_branch_counts(Env& env, State* st) {
  if (--st->branches) return go_on;
  if (Stop stop = maybe_exit_scc(env, *st)) return stop;
  if (st->parent && st->loop_entry) update_loop_entry(*st->parent, *st->loop_entry);
  for (Remembered* sl = st->parent; sl && !--sl->branches;) {
    if (Stop stop = maybe_exit_scc(env, *sl)) return stop;
    Remembered* parent = sl->parent;
    if (parent && sl->loop_entry) update_loop_entry(*parent, *sl->loop_entry);
    maybe_free_verifier_state(env, sl);
    sl = parent;
  }
  return go_on;
}

}  // namespace bpfcheck::sim
