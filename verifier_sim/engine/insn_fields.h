// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Fields of instructions that nothing uses, and registers that there are not: newer kernels look at them all before
// anything else (check_insn_fields: kernel/bpf/verifier.c, 7.2), older ones when a path comes to an instruction.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// Arguments on the stack, which a register of their own reaches, are not modelled.
Stop check_registers(Env& env, const Insn& insn);
Stop check_insn_fields(Env& env, const Insn& insn);

}  // namespace bpfcheck::sim
