// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Memory passed to helpers, kernel functions and subprograms, alone or with its size.
// As check_helper_mem_access, check_mem_size_reg, check_mem_reg, check_kfunc_mem_size_reg, kernel/bpf/verifier.c, 6.18.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

struct CallMeta;

int check_helper_mem_access(Env& env, int regno, int access_size, AccessType access_type, bool zero_size_allowed,
                            CallMeta* meta);
/// regno holds the size, regno - 1 the pointer.
int check_mem_size_reg(Env& env, Reg* reg, u32 regno, AccessType access_type, bool zero_size_allowed, CallMeta* meta);
int check_mem_reg(Env& env, Reg* reg, u32 regno, u32 mem_size);
int check_kfunc_mem_size_reg(Env& env, Reg* reg, u32 regno);

}  // namespace bpfcheck::sim
