// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where subprograms begin and end (add_subprog_and_kfunc, check_subprogs: kernel/bpf/verifier.c, 6.18).
#pragma once

#include <optional>

#include "verifier_sim/notes/notes.h"
#include "verifier_sim/program/insn_kind.h"
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {

/// Index of the subprogram that holds instruction `off`; nothing outside the program.
std::optional<u32> find_containing_subprog(const Program& prog, int off);
/// Index of the subprogram that starts at `off`; nothing where none does.
std::optional<u32> find_subprog(const Program& prog, int off);

Stop add_subprog_and_kfunc(Program& prog, Notes& notes);
Stop check_subprogs(Program& prog, Notes& notes);

}  // namespace bpfcheck::sim
