// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// 64-bit immediates (check_ld_imm: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

Stop check_ld_imm(Env& env, const Insn* insn);

}  // namespace bpfcheck::sim
