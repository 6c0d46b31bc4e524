// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Maps and kernel variables that instructions name, and whether every opcode exists (resolve_pseudo_ldimm64,
// check_map_prog_compatibility: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

Stop resolve_pseudo_ldimm64(Env& env);

}  // namespace bpfcheck::sim
