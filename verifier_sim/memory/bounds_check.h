// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Whether what is known of a scalar still makes sense (reg_bounds_sanity_check: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// `ctx` says in the words what has been done to the register.
Stop reg_bounds_sanity_check(Env& env, Reg* reg, const char* ctx);
Stop mark_reg_s32_range(Env& env, Reg* regs, u32 regno, s32 min, s32 max);

}  // namespace bpfcheck::sim
