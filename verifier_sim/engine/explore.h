// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The exploration of a subprogram's paths (do_check_common, do_check, do_check_insn: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// The main program from its first instruction and the global subprograms, each on its own: those that are called after
/// it, or on older kernels all of them before it.
Stop do_check_functions(Env& env);

}  // namespace bpfcheck::sim
