// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Locks in map values, global variables and allocated objects: taking and giving back (process_spin_lock,
// acquire_lock_state, release_lock_state, invalidate_non_owning_refs: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// RefType::Lock: bpf_spin_lock, of which one may be held. RefType::ResLock and ResLockIrq: bpf_res_spin_lock, given
/// back in the reverse order.
Stop process_spin_lock(Env& env, u32 regno, RefType kind, bool lock);

}  // namespace bpfcheck::sim
