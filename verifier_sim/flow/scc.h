// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Loops: the strongly connected components of the control-flow graph (compute_scc: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/notes/stop.h"
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

/// Numbers components of two or more instructions, or of one that jumps to itself, from 1 (InsnAux::scc);
/// where `callbacks_are_loops`, a call that runs a callback, too.
Stop compute_scc(Program& prog, bool callbacks_are_loops);

}  // namespace bpfcheck::sim
