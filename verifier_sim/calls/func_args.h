// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The arguments of subprograms by their BTF (btf_prepare_func_args: kernel/bpf/btf.c; btf_check_subprog_call:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Fills Subprog::args from the prototype.
Stop btf_prepare_func_args(Env& env, int subprog);
/// A call's registers against the callee's prototype.
Stop btf_check_subprog_call(Env& env, u32 subprog, Reg* regs);

}  // namespace bpfcheck::sim
