// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The arguments of a call of a kernel function (check_kfunc_args: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/calls/kfunc_arg_type.h"
#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Checks every argument and fills what the rest of the call depends on.
Stop check_kfunc_args(Env& env, KfuncMeta* meta, int insn_idx);

// Kinds of arguments that have a file of their own.
Stop process_kf_arg_dynptr(Env& env, Reg* reg, u32 regno, int insn_idx, const KfuncParam& param, KfuncMeta* meta);
Stop process_irq_flag(Env& env, u32 regno, const KfuncMeta* meta);
Stop process_kf_arg_res_spin_lock(Env& env, Reg* reg, u32 regno, const KfuncMeta* meta);

}  // namespace bpfcheck::sim
