// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Loads and stores through pointers to kernel objects and to maps (check_ptr_to_btf_access, check_ptr_to_map_access:
// kernel/bpf/verifier.c, 6.18). is_trusted_reg, is_rcu_reg and mark_btf_ld_reg are in state/marks.h.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// What an RCU critical section protects is safe here: one was entered, a lock is held, or the program cannot sleep;
/// newer kernels count every section in which nothing sleeps.
inline bool in_rcu_cs(const Env& env) {
  const State& st = *env.path.cur_state;
  return st.active_rcu_locks || st.active_locks || !env.in_sleepable() ||
         (env.laws.rules.rcu_by_any_section && (st.active_preempt_locks || st.active_irq_id));
}
/// What RCU protected is no longer safe.
void lose_rcu(Env& env);

/// `off` has the register's own offset in it. value_regno -1: no register takes the value.
Stop check_ptr_to_btf_access(Env& env, Reg* regs, u32 regno, int off, int size, AccessType t, int value_regno);
Stop check_ptr_to_map_access(Env& env, Reg* regs, u32 regno, int off, int size, AccessType t, int value_regno);

/// A register after a load through BTF: what it points to, or a number.
Stop mark_btf_ld_reg(Env& env, Reg* regs, u32 regno, u32 reg_type, const btf::Btf* btf, u32 btf_id, u32 flag);

}  // namespace bpfcheck::sim
