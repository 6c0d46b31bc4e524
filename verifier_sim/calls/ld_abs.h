// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Loads from packets by offset: instructions that behave as calls, and may end the program (check_ld_abs:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// The instruction that comes next.
Expected<u32> check_ld_abs(Env& env, const Insn* insn);

}  // namespace bpfcheck::sim
