// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Calls of subprograms and the return from them (check_func_call, prepare_func_exit: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Both give the instruction that comes next.
Expected<u32> check_func_call(Env& env, const Insn* insn);
Expected<u32> prepare_func_exit(Env& env);
void clear_caller_saved_regs(Env& env, Frame& frame);
void clear_all_pkt_pointers(Env& env);

}  // namespace bpfcheck::sim
