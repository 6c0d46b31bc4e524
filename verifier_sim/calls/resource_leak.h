// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a program must have given back where it ends (check_resource_leak: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

Stop check_resource_leak(Env& env, bool exception_exit, bool check_lock, const char* prefix);

}  // namespace bpfcheck::sim
