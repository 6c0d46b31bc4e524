// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The exploration of a subprogram's paths (do_check_common, do_check, do_check_insn: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// The main program, from its first instruction.
Stop do_check_main(Env& env);
/// Every global subprogram that a verified one calls, or every one where they come first, each on its own.
Stop do_check_subprogs(Env& env);

}  // namespace bpfcheck::sim
