// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Arithmetic on stack slots (__get_spi, grow_stack_state: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Index of the slot that holds the byte at fp+off; off is negative.
constexpr int get_spi(s32 off) { return (-off - 1) / bpf::REG_SIZE; }
/// Makes a frame's stack reach at least `size` bytes below fp and counts it in its subprogram's depth.
int grow_stack_state(Env& env, Frame* frame, int size);

}  // namespace bpfcheck::sim
