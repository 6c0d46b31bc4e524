// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Alignment of accesses. As check_ptr_alignment, kernel/bpf/verifier.c, 6.18.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

int check_ptr_alignment(Env& env, const Reg* reg, int off, int size, bool strict_alignment_once);

}  // namespace bpfcheck::sim
