// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Accesses to buffers whose size is checked when the program is attached: the furthest access is remembered.
// As check_tp_buffer_access, check_buffer_access, kernel/bpf/verifier.c, 6.18.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

int check_tp_buffer_access(Env& env, const Reg* reg, int regno, int off, int size);
int check_buffer_access(Env& env, const Reg* reg, int regno, int off, int size, bool zero_size_allowed,
                        u32* max_access);

}  // namespace bpfcheck::sim
