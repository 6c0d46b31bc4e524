// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See call_order.h.
#include "verifier_sim/flow/call_order.h"

#include <optional>

#include "verifier_sim/flow/subprogs.h"

namespace bpfcheck::sim {
namespace {

enum class Seen : u8 { No, OnWay, Done };

class CallOrder {
 public:
  CallOrder(const Program& prog, Notes& notes, std::vector<u32>& order)
      : prog_(prog), notes_(notes), order_(order), seen_(prog.subprog_cnt) {}

  Stop from(u32 entry) {
    if (seen_[entry] != Seen::No) return go_on;
    enter(entry);
    while (!way_.empty()) {
      std::optional<u32> next;
      if (Stop stop = next_callee(way_.back(), next)) return stop;
      if (next) {
        enter(*next);
        continue;
      }
      seen_[way_.back()] = Seen::Done;
      order_.push_back(way_.back());
      way_.pop_back();
    }
    return go_on;
  }

 private:
  void enter(u32 subprog) {
    seen_[subprog] = Seen::OnWay;
    way_.push_back(subprog);
  }

  Stop next_callee(u32 subprog, std::optional<u32>& next) {
    for (u32 p = prog_.subprogs[subprog].postorder_start; p < prog_.subprogs[subprog + 1].postorder_start; p++) {
      const u32 i = prog_.postorder[p];
      const Insn& insn = prog_.insns[i];
      if (!bpf_pseudo_call(&insn) && !bpf_pseudo_func(&insn)) continue;
      const auto found = find_subprog(prog_, static_cast<int>(i) + insn.imm + 1);
      if (!found) return Stop::refused(EFAULT);
      const u32 callee = *found;
      if (seen_[callee] == Seen::No) {
        next = callee;
        return go_on;
      }
      if (seen_[callee] == Seen::OnWay && !bpf_pseudo_func(&insn))
        return notes_.reject(Msg::RecursiveCall, prog_.subprog_name(subprog), prog_.subprog_name(callee));
    }
    return go_on;
  }

  const Program& prog_;
  Notes& notes_;
  std::vector<u32>& order_;
  std::vector<Seen> seen_;
  std::vector<u32> way_;
};

}  // namespace

Stop sort_by_calls(const Program& prog, Notes& notes, std::vector<u32>& callees_first) {
  CallOrder order(prog, notes, callees_first);
  for (u32 i = 0; i < prog.subprog_cnt; i++)
    if (Stop stop = order.from(i)) return stop;
  return go_on;
}

}  // namespace bpfcheck::sim
