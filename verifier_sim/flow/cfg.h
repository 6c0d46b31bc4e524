// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The control-flow graph: every instruction reachable, no jump out of range, where states are compared, the post-order
// (check_cfg, compute_postorder: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

Stop check_cfg(Env& env);
Stop compute_postorder(Env& env);
/// Subprograms without BTF may not use what needs their prototype.
Stop check_abnormal_return(Env& env);

}  // namespace bpfcheck::sim
