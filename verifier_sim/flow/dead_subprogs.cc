// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See dead_subprogs.h.
#include "verifier_sim/flow/dead_subprogs.h"

#include "verifier_sim/flow/subprogs.h"

namespace bpfcheck::sim {

int check_dead_subprogs(Env& env) {
  if (!env.bpf_capable || !env.target.jit) return 0;  // without CAP_BPF dead code stays
  std::vector<bool> reached(env.subprog_cnt);
  u32 left = 0;
  for (u32 s = 0; s < env.subprog_cnt; s++) {
    for (u32 i = env.subprogs[s].start; i < env.subprogs[s + 1].start && !reached[s]; i++) reached[s] = env.aux[i].seen;
    left += reached[s];
  }
  if (left <= 1) return 0;  // nothing is left to call
  for (u32 i = 0; i < env.insns.size(); i++) {
    if (!bpf_pseudo_func(&env.insns[i]) || !env.aux[i].seen) continue;
    const int target = find_subprog(env, static_cast<int>(i) + env.insns[i].imm + 1);
    if (target >= 0 && !reached[static_cast<u32>(target)]) return env.unsupported("address of a function that no path reaches");
  }
  return 0;
}

}  // namespace bpfcheck::sim
