// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Calls of kernel functions (check_kfunc_call: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"
#include "verifier_sim/program/kfunc_desc.h"

namespace bpfcheck::sim {

Stop check_kfunc_call(Env& env, const Insn* insn);

/// It may be called with a lock held.
bool kfunc_spin_allowed(const Env& env, const Insn* insn);

}  // namespace bpfcheck::sim
