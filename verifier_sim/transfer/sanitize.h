// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Speculation: which instructions were reached without it, the paths that only speculation takes, and the limits that
// the kernel patches into pointer arithmetic against them (sanitize_*: kernel/bpf/verifier.c, 6.18). It matters to
// programs that are loaded without CAP_PERFMON.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

inline void sanitize_mark_insn_seen(Env& env, u32 insn_idx) {
  if (!env.path.cur_state->speculative) env.prog.aux[insn_idx].seen = env.path.pass_cnt;
}

/// What is known before the operation, for after it.
struct SanitizeInfo {
  u8 alu_state = 0;
  u32 alu_limit = 0;
  bool mask_to_left = false;
};

inline bool sanitize_needed(u8 op) { return op == bpf::ADD || op == bpf::SUB; }

/// Queues the path that a mispredicted branch at `curr_idx` takes; with `insn`, what it compared is unknown there.
/// False where the queue is full.
bool sanitize_speculative_path(Env& env, const Insn* insn, u32 next_idx, u32 curr_idx);
/// Addition or subtraction of two numbers.
Stop sanitize_val_alu(Env& env, const Insn& insn);
/// Pointer +- number, before the operation (`commit` false: queues the path on which the number is masked to zero) and
/// after it. `off` is the number as it was before.
Stop sanitize_ptr_alu(Env& env, const Insn& insn, const Reg* ptr, const Reg& off, Reg* dst, bool off_is_dst,
                      SanitizeInfo& info, bool commit);
/// After the operation: the pointer must still point into its object.
Stop sanitize_check_bounds(Env& env, const Insn& insn, const Reg* dst);

}  // namespace bpfcheck::sim
