// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Conditional jumps: which way, and what either way teaches (check_cond_jmp_op: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Ranges of packet pointers that stand for "beyond" and "at" the packet's end.
inline constexpr int BEYOND_PKT_END = -2, AT_PKT_END = -1;
inline constexpr u32 MAX_PACKET_OFF = 0xffff;

/// `next` becomes the instruction that comes next on this path.
Stop check_cond_jmp_op(Env& env, const Insn* insn, u32& next);
void mark_ptr_or_null_regs(const Env& env, State* st, u32 regno, bool is_null);

}  // namespace bpfcheck::sim
