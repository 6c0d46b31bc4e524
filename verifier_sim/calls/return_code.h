// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a program may return (check_return_code: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// The words for a value outside `range`; `when`: "At program exit".
/// Whether what is returned is within the range: by its bounds, or as older kernels have it by its bits.
bool keeps_to(const Env& env, const Reg& reg, RetvalRange range, bool in_32bit = false);
Stop reject_return_range(Env& env, const Reg& reg, RetvalRange range, const char* when, const char* reg_name);
Stop check_return_code(Env& env, u32 regno, const char* reg_name);

}  // namespace bpfcheck::sim
