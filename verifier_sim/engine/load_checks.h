// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What BPF_PROG_LOAD refuses before the verifier is asked (bpf_prog_load, bpf_prog_load_check_attach:
// kernel/bpf/syscall.c, 6.18).
#pragma once

#include "kernel_db/target.h"
#include "loader/program.h"
#include "verifier_sim/notes/stop.h"

namespace bpfcheck::sim {

/// `attach` is the expected attach type with the kernel's defaults filled in.
Stop check_load(const loader::LinkedProgram& prog, const Target& target, u32& attach);

}  // namespace bpfcheck::sim
