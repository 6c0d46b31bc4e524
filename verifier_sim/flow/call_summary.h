// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a helper or kfunc call reads and writes of the argument registers, and the spills around calls that keep their
// registers (get_call_summary, mark_fastcall_patterns: kernel/bpf/verifier.c, 6.18).
#pragma once

#include <optional>

#include "verifier_sim/notes/stop.h"
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

inline constexpr u32 all_caller_saved_regs = 0x3f;  ///< r0 to r5

struct CallSummary {
  u8 num_params = 0;
  bool is_void = false, fastcall = false;
};

/// Nothing for a call that is refused when it is reached.
std::optional<CallSummary> get_call_summary(const Program& prog, const Insn& call);

Stop mark_fastcall_patterns(Program& prog);
/// Drops the spills and fills around calls that keep their registers, and the stack that only they used.
Stop remove_fastcall_spills_fills(Program& prog);

}  // namespace bpfcheck::sim
