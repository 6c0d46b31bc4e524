// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Accesses to struct bpf_flow_keys. As check_flow_keys_access, kernel/bpf/verifier.c, 6.18.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

int check_flow_keys_access(Env& env, int off, int size);

}  // namespace bpfcheck::sim
