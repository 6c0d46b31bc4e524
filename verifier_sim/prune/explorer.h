// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The search over a program's paths: branches saved for later, states remembered at pruning points, and visits to the
// loops (strongly connected components) of the control-flow graph. Behaves as push_stack, pop_stack, maybe_enter_scc and
// update_branch_counts of kernel/bpf/verifier.c, 6.18.
#pragma once

#include <memory>
#include <vector>

#include "verifier_sim/env.h"
#include "verifier_sim/prune/backtrack.h"
#include "verifier_sim/prune/states_equal.h"

namespace bpfcheck::sim {

/// A remembered state (struct bpf_verifier_state_list), linked into a bucket or into the list of the evicted.
struct Remembered : State {
  Remembered* prev = nullptr;
  Remembered* next = nullptr;
  u32 miss_cnt = 0, hit_cnt = 0;
  bool evicted = false;  ///< in_free_list: kept only while a child refers to it
};

/// The call sites that lead to a loop, and the loop (struct bpf_scc_callchain).
struct SccCallchain {
  std::array<u32, MAX_CALL_FRAMES - 1> callsites{};
  u32 scc = 0;
  bool operator==(const SccCallchain&) const = default;
};

/// A visit to a loop under way: its entry and the states that closed it (struct bpf_scc_visit).
struct SccVisit {
  SccCallchain callchain;
  State* entry_state = nullptr;
  std::vector<std::unique_ptr<State>> backedges;  ///< in order of arrival; the kernel walks them newest first
  u32 num_backedges = 0;
};

struct Explorer {
  struct Saved {
    std::unique_ptr<State> state;
    int insn_idx = 0, prev_insn_idx = 0;
  };
  std::unique_ptr<State> current;
  std::vector<Saved> stack;
  std::vector<Remembered*> buckets;  ///< heads, one an instruction
  Remembered* evicted = nullptr;
  std::vector<std::vector<SccVisit>> scc_visits;  ///< by component
  u32 explored_states_size = 0, free_list_size = 0, num_backedges = 0;
  Backtrack bt;
  IdMap idmap;

  Explorer() = default;
  ~Explorer() { clear(); }
  Explorer(const Explorer&) = delete;
  Explorer& operator=(const Explorer&) = delete;

  std::unique_ptr<State> take_state();          ///< a state to copy into, reused where possible
  void recycle(std::unique_ptr<State> state);
  void clear();                                 ///< free_states: the counters stay

 private:
  std::vector<std::unique_ptr<State>> spare_;
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
u32 frame_insn_idx(const State& st, u32 frame);
bool same_callsites(const State& a, const State& b);

int maybe_enter_scc(Env& env, State* st);
int add_scc_backedge(Env& env, State* st, std::unique_ptr<State> backedge);
bool incomplete_read_marks(Env& env, State* st);
int update_branch_counts(Env& env, State* st);

/// bpf_calls_callback, is_iter_next_insn: facts settled before and during exploration.
inline bool bpf_calls_callback(const Env& env, u32 insn_idx) { return env.aux[insn_idx].calls_callback; }

}  // namespace bpfcheck::sim
