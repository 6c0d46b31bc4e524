// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See scc.h. Tarjan's algorithm with an explicit stack; components are numbered in the kernel's order.
#include "verifier_sim/flow/scc.h"

#include <algorithm>

#include "verifier_sim/flow/successors.h"

namespace bpfcheck::sim {
namespace {

constexpr u32 not_on_stack = ~0u;

class Tarjan {
 public:
  Tarjan(Program& prog, bool callbacks_are_loops)
      : prog_(prog), callbacks_are_loops_(callbacks_are_loops), pre_(prog.insns.size()), low_(prog.insns.size()) {}

  void run() {
    for (u32 i = 0; i < prog_.insns.size(); i++)
      if (!pre_[i]) explore(i);
  }

 private:
  void explore(u32 root) {
    path_.assign(1, root);
    while (!path_.empty()) {
      u32 w = path_.back();
      if (!pre_[w]) {
        low_[w] = pre_[w] = next_number_++;
        stack_.push_back(w);
      }
      Successors succ = insn_successors(prog_, w);
      // The second half of a BPF_LD_IMM64 has an edge out of the program where it is the last slot.
      if (std::ranges::any_of(succ, [&](u32 s) { return descend(w, s); })) continue;
      if (low_[w] >= pre_[w]) close(w, succ);
      path_.pop_back();
    }
  }

  /// Goes down an edge to an instruction not seen before; otherwise takes its number into account.
  bool descend(u32 w, u32 s) {
    if (s >= pre_.size()) return false;
    if (!pre_[s]) {
      path_.push_back(s);
      return true;
    }
    low_[w] = std::min(low_[w], low_[s]);
    return false;
  }

  void close(u32 w, const Successors& succ) {
    const bool loop = stack_.back() != w || std::ranges::find(succ, w) != succ.end() ||
                      (callbacks_are_loops_ && prog_.aux[w].calls_callback);
    for (u32 t = not_on_stack; t != w;) {
      t = stack_.back();
      stack_.pop_back();
      low_[t] = not_on_stack;
      if (loop) prog_.aux[t].scc = next_scc_;
    }
    if (loop) next_scc_++;
  }

  Program& prog_;
  const bool callbacks_are_loops_;
  std::vector<u32> pre_, low_, stack_, path_;
  u32 next_number_ = 1, next_scc_ = 1;
};

}  // namespace

Stop compute_scc(Program& prog, bool callbacks_are_loops) {
  Tarjan(prog, callbacks_are_loops).run();
  return go_on;
}

}  // namespace bpfcheck::sim
