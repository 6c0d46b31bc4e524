// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The search over a program's paths: branches saved for later, states remembered at pruning points, and visits to the
// loops (strongly connected components) of the control-flow graph. Behaves as push_stack, pop_stack, maybe_enter_scc
// and update_branch_counts of kernel/bpf/verifier.c, 6.18.
#pragma once

#include <memory>
#include <vector>

#include "verifier_sim/env.h"
#include "verifier_sim/search/backtrack.h"
#include "verifier_sim/search/states_equal.h"
#include "verifier_sim/state/saved_state.h"

namespace bpfcheck::sim {

struct Remembered;

/// What the lists of remembered states know of each. It stands first: most are looked at no further.
struct Listed {
  Remembered* prev = nullptr;
  Remembered* next = nullptr;
  u64 fingerprint = 0;  ///< of the state as it was remembered: another one is another state
  u32 miss_cnt = 0, hit_cnt = 0;
  bool evicted = false;  ///< in_free_list: kept only while a child refers to it
  bool cleaned = false;  ///< what is dead has been forgotten
};

/// A remembered state (struct bpf_verifier_state_list), linked into a bucket or into the list of the evicted.
struct Remembered : Listed, SavedState {};

/// The call sites that lead to a loop, and the loop (struct bpf_scc_callchain).
struct SccCallchain {
  std::array<u32, MAX_CALL_FRAMES - 1> callsites{};
  u32 scc = 0;
  bool operator==(const SccCallchain&) const = default;
};

/// A visit to a loop under way: its entry and the states that closed it (struct bpf_scc_visit).
struct SccVisit {
  /// A state that closed the loop, and the remembered one that it equalled.
  struct Backedge {
    std::unique_ptr<State> state;
    Remembered* equal = nullptr;
  };
  SccCallchain callchain;
  const Remembered* entry_state = nullptr;
  std::vector<Backedge> backedges;  ///< in order of arrival; the kernel walks them newest first
  u32 num_backedges = 0;
};

struct Explorer {
  /// A branch for later. Those on top are live, the last for whoever pushed it to narrow; those far below are saved.
  struct Branch {
    std::unique_ptr<State> live;
    std::unique_ptr<SavedState> saved;
    int insn_idx = 0, prev_insn_idx = 0;
  };
  std::unique_ptr<State> current;
  std::unique_ptr<Frame> callback;  ///< of a callback that the current call runs at once
  std::vector<Branch> stack;
  std::vector<Remembered*> buckets;  ///< heads, one an instruction
  Remembered* evicted = nullptr;
  std::vector<std::vector<SccVisit>> scc_visits;  ///< by component
  std::vector<const HelperProto*> helpers;        ///< those called so far, by number
  u32 explored_states_size = 0, free_list_size = 0, num_backedges = 0;
  // What has been simulated, and how much of it when a state was last remembered.
  u32 jmps_processed = 0, prev_jmps_processed = 0, prev_insn_processed = 0;
  Backtrack bt;
  bool live_precise =
      false;  ///< states on their way may have precise scalars, of a global subprogram's arguments or read as zeros
  IdMap idmap;

  Explorer() = default;
  ~Explorer() { clear(); }
  Explorer(const Explorer&) = delete;
  Explorer& operator=(const Explorer&) = delete;

  /// Puts a branch on top of those for later.
  State* push(std::unique_ptr<State> live, int insn_idx, int prev_insn_idx);
  void clear();  ///< free_states: the counters stay
};

/// Saves the current state to be explored later from insn_idx; nullptr where the search is too deep.
State* push_stack(Env& env, int insn_idx, int prev_insn_idx, bool speculative);
/// Saves a fresh state at the entry of a callback that runs later.
State* push_async_cb(Env& env, int insn_idx, int prev_insn_idx, int subprog, bool is_sleepable);
/// Resumes the branch saved last; false where none is left.
bool pop_stack(Env& env, int* prev_insn_idx, u32* insn_idx);

/// The bucket of remembered states for an instruction in the current frame.
Remembered*& explored_state(Env& env, u32 insn_idx);
void update_peak_states(Env& env);
void maybe_free_verifier_state(Env& env, Remembered* sl);
/// Where a frame of a state, live or saved, is: at the state's instruction, or at the call of the next frame.
u32 frame_insn_idx(const auto& st, u32 frame) {
  return frame == st.curframe ? st.insn_idx : static_cast<u32>(st.frame[frame + 1]->callsite);
}
bool same_callsites(const auto& a, const auto& b) {
  if (a.curframe != b.curframe) return false;
  for (u32 i = 0; i <= a.curframe; i++)
    if (a.frame[i]->callsite != b.frame[i]->callsite) return false;
  return true;
}
/// The remembered state at `insn_idx` that the path of `st` has come through last with the same call chain; nullptr
/// where none is.
Remembered* find_prev_entry(Env& env, const auto& st, int insn_idx) {
  const auto idx = static_cast<u32>(insn_idx);
  for (Remembered* sl = explored_state(env, idx); sl; sl = sl->next)
    if (sl->insn_idx == idx && sl->branches && same_callsites(*sl, st) && sl->dfs_depth < st.dfs_depth) return sl;
  return nullptr;
}

Stop maybe_enter_scc(Env& env, const Remembered& st);
Stop add_scc_backedge(Env& env, Remembered* equal, std::unique_ptr<State> backedge);
bool incomplete_read_marks(Env& env, const Remembered& st);
Stop update_branch_counts(Env& env, State* st);

/// bpf_calls_callback, is_iter_next_insn: facts settled before and during exploration.
inline bool bpf_calls_callback(const Env& env, u32 insn_idx) { return env.prog.aux[insn_idx].calls_callback; }

}  // namespace bpfcheck::sim
