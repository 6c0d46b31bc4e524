// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Function info against the subprograms that the code shows (check_btf_func: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

Stop check_btf_info_early(Env& env);
Stop check_btf_info(Env& env);

}  // namespace bpfcheck::sim
