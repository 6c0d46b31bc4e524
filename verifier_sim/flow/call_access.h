// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How many bytes of stack a helper or kernel function reads or writes through an argument, as far as that is known
// before paths are explored (bpf_helper_stack_access_bytes, bpf_kfunc_stack_access_bytes: kernel/bpf/verifier.c, 7.2).
#pragma once

#include <limits>

#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

inline constexpr s64 UNKNOWN_ACCESS = std::numeric_limits<s64>::min();

/// Above 0: bytes read; below: bytes written; 0: none; UNKNOWN_ACCESS: read up to the frame's end. `arg` counts from 0.
s64 call_access_bytes(const Program& prog, u32 insn_idx, u32 arg);

}  // namespace bpfcheck::sim
