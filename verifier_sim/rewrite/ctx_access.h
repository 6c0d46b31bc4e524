// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the rewriting of accesses to contexts and sockets refuses, though the access was allowed (convert_ctx_accesses:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/notes/stop.h"

namespace bpfcheck::sim {

class Env;

Stop convert_ctx_accesses(Env& env);

}  // namespace bpfcheck::sim
