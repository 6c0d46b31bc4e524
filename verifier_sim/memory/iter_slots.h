// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Iterators on the stack (mark_stack_slots_iter and its like: kernel/bpf/verifier.c, 6.18). The first slot holds the
// reference that the iterator is.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

Expected<int> iter_get_spi(Env& env, const Reg* reg, int nr_slots);
/// `rcu_protected`: it walks what RCU protects, and may be used only in the critical section in which it was made.
Stop mark_stack_slots_iter(Env& env, bool rcu_protected, const Reg* reg, int insn_idx, const btf::Btf* btf, u32 btf_id,
                           int nr_slots);
Stop unmark_stack_slots_iter(Env& env, const Reg* reg, int nr_slots);
bool is_iter_reg_valid_uninit(Env& env, const Reg* reg, int nr_slots);
/// 0, -EINVAL where it is no such iterator, -EPROTO where its RCU critical section is over.
Stop is_iter_reg_valid_init(Env& env, const Reg* reg, const btf::Btf* btf, u32 btf_id, int nr_slots);

}  // namespace bpfcheck::sim
