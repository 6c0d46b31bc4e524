// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Speculation: which instructions were reached without it, and paths that only speculation takes (sanitize_*:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

inline void sanitize_mark_insn_seen(Env& env) {
  if (!env.cur_state->speculative) env.aux[env.insn_idx].seen = env.pass_cnt;
}
/// Pointer arithmetic and branches of programs without CAP_PERFMON are followed under speculation too; that is not modelled.
inline int speculation_not_modelled(Env& env) { return env.bypass_spec_v1 ? 0 : env.unsupported("speculative execution (loading without CAP_PERFMON)"); }

}  // namespace bpfcheck::sim
