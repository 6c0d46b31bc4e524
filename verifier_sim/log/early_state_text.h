// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A frame's registers and stack as kernels before 5.17 show them: all that is known, with marks of what was read and
// written since the last remembered state (print_verifier_state, print_liveness: kernel/bpf/verifier.c, 5.10).
#pragma once

#include <string>

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// " R1_w=inv0 R10=fp0", no line end.
std::string early_state_text(const Env& env, const State& st, u32 frameno);

}  // namespace bpfcheck::sim
