// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Kernel functions that a program calls (add_kfunc_call: kernel/bpf/verifier.c, 6.18). Their calls are not modelled: a
// program that holds one is Unsupported.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

struct KfuncTable {};

inline int add_kfunc_call(Env& env, u32, s16) { return env.unsupported("calls of kernel functions (kfuncs)"); }

}  // namespace bpfcheck::sim
