// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How deep calls make the stack (check_max_stack_depth: kernel/bpf/verifier.c, 6.18).
#pragma once

#include <vector>

#include "verifier_sim/notes/notes.h"
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

Stop check_max_stack_depth(Program& prog, Notes& notes);

/// Bytes by subprogram as the statistics of an accepted program have them: after dead subprograms are gone and
/// instructions that are rewritten have got their own slots (optimize_bpf_loop, opt_remove_dead_code, do_misc_fixups).
std::vector<u32> stack_depths_after_rewrite(const Program& prog);

}  // namespace bpfcheck::sim
