// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The control-flow graph: every instruction reachable, no jump out of range, where states are compared, the post-order
// (check_cfg, compute_postorder: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/kernel/laws.h"
#include "verifier_sim/notes/notes.h"
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

Stop check_cfg(Program& prog, Notes& notes, const Laws& laws);
Stop compute_postorder(Program& prog);
/// Subprograms without BTF may not use what needs their prototype.
Stop check_abnormal_return(Program& prog, Notes& notes);

}  // namespace bpfcheck::sim
