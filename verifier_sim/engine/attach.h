// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Attach targets (check_attach_btf_id: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

Stop check_attach_btf_id(Env& env);

}  // namespace bpfcheck::sim
