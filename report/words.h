// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The verifier's knowledge of a value in plain English, for people who do not read its notation.
#pragma once

#include <string>

#include "verifier_sim/state/stack_slots.h"

namespace bpfcheck::report {

/// "a pointer to a value of map `counters` (160 bytes), or NULL": a noun phrase without a full stop.
std::string describe(const sim::Reg& reg);
/// "from 0 to 15", "that is at least 3", "of which nothing is known".
std::string describe_range(const sim::Scalar& s);
/// What eight bytes of stack hold: "a dynptr", a register's value, "nothing".
std::string slot_words(const sim::StackSlot& slot);
/// The bytes are those of a dynptr, an iterator or saved interrupt state.
bool holds_object(const sim::StackSlot& slot);
/// "14 bytes", "1 byte".
std::string count(u64 n, const char* noun);

}  // namespace bpfcheck::report
