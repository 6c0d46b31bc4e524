// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which registers may be read after an instruction is reached (compute_live_registers: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/flow/call_summary.h"
#include "verifier_sim/notes/notes.h"
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

/// Fills InsnAux::live_regs_before: a bit a register.
Stop compute_live_registers(Program& prog, Notes& notes);

}  // namespace bpfcheck::sim
