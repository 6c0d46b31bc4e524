// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The stack: spills and fills, bytes, what helpers read and write there (check_stack_*: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/memory/call_meta.h"

namespace bpfcheck::sim {

Stop check_stack_access_within_bounds(Env& env, u32 regno, int off, int size, AccessType t);
Stop check_stack_read(Env& env, u32 ptr_regno, int off, int size, int dst_regno);
Stop check_stack_write(Env& env, u32 ptr_regno, int off, int size, int value_regno, u32 insn_idx);
/// A helper writes `size` bytes at a stack pointer with a constant offset: what check_stack_write does for each byte in
/// turn.
Stop check_stack_fill(Env& env, u32 ptr_regno, int size, u32 insn_idx);
Stop check_stack_range_initialized(Env& env, u32 regno, int off, int access_size, bool zero_size_allowed,
                                   AccessType type, CallMeta* meta);

}  // namespace bpfcheck::sim
