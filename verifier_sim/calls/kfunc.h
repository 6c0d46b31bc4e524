// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Calls of kernel functions (check_kfunc_call: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/calls/kfunc_desc.h"

namespace bpfcheck::sim {

Stop check_kfunc_call(Env& env, const Insn* insn, u32* insn_idx);

inline bool is_bpf_throw_kfunc(const Env& env, const Insn* insn) {
  return special_kfunc_of(env, insn) == SpecialKfunc::bpf_throw;
}
/// It may be called with a lock held.
bool kfunc_spin_allowed(const Env& env, const Insn* insn);
bool is_sync_callback_calling_kfunc(SpecialKfunc k);
bool is_async_callback_calling_kfunc(SpecialKfunc k);

}  // namespace bpfcheck::sim
