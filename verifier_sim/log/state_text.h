// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A frame's registers and stack in the kernel's notation (print_verifier_state: kernel/bpf/log.c, 6.18).
#pragma once

#include <string>

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// "mmmm????": what each byte of eight holds (slot_type_char); "" where nothing is known of any.
std::string slot_types(const StackSlot& s);

/// " R0=1 R10=fp0", no line end. `all` false: only what was touched since, which is then forgotten.
std::string state_text(const Env& env, const State& st, u32 frameno, bool all);

/// One register's value, as "scalar(umax=15)"; "" where it has none.
std::string reg_text(const Frame& frame, u32 reg, const TypeNames& names);
/// Eight bytes of stack, slot i those at r10-8*(i+1); "" where nothing is known of them.
std::string slot_text(const Frame& frame, u32 slot, const TypeNames& names);

}  // namespace bpfcheck::sim
