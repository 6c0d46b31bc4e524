// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Random programs that are mostly valid and touch much of the verifier; the same seed gives the same program anywhere.
#pragma once

#include "differential/program.h"
#include "differential/rng.h"

namespace bpfcheck::differential {

Program generate(u64 seed);
/// One subtle change: an immediate, offset, register, width or comparison, or an instruction left out, doubled or
/// moved.
void mutate(Program& p, Rng& rng);
/// Takes out the instructions [first, first + n); jumps, calls and function starts follow. False where that cannot be:
/// half a wide instruction, or nothing left of a function.
bool remove_insns(Program& p, size_t first, size_t n);

}  // namespace bpfcheck::differential
