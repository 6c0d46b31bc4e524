// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What kernels before 6.8 say of a register and of a slot (print_verifier_state: kernel/bpf/verifier.c, 5.10, 6.1,
// 6.6). Until 6.17 marks say what was read and written since the last remembered state (print_liveness).
#pragma once

#include <string>

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// "_rw": what was done with a register (its number) or a slot (ReadMarks::of_slot); "" where nothing.
std::string mark_text(const ReadMarks& marks, u32 at);
/// "ctx(off=0,imm=0)": a register before 6.8.
std::string early_reg_text(const Env& env, const Reg& r);
/// "mmmm????": a slot before 6.8, or the type of what is spilled there.
std::string early_slot_text(const Env& env, const StackSlot& s);
/// " refs=2,4" or nothing: references; before 6.14 locks were none of them.
std::string refs_text(const Env& env, const State& st);

}  // namespace bpfcheck::sim
