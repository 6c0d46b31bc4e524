// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The atomic instructions of Armv8.1 (LSE), which the kernel's JIT makes of BPF_ATOMIC where the machine has them and
// which capstone 4 does not know.
#pragma once

#include <string>

#include "base/types.h"

namespace bpfcheck::jit {

/// "stadd x1, [x10]"; "" for any other instruction (Arm Architecture Reference Manual, C4.1: compare and swap, atomic
/// memory operations).
std::string arm64_atomic(u32 insn);

}  // namespace bpfcheck::jit
