// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Programs as text: the kernel's notation (base/disasm.h) without its opcodes, instructions separated by "; ".
#pragma once

#include <string>

#include "base/result.h"
#include "differential/program.h"

namespace bpfcheck::differential {

/// The instructions of "r0 = 1; if r1 == 0x0 goto pc+1; exit". A 64-bit immediate is hexadecimal, as the kernel prints
/// it; one that names a map (differential/program.h) is "r1 = map hash", one into its value "r1 = value constants[8]".
Result<Insns> assemble(const std::string& text);

/// One instruction a line as `assemble` takes it.
std::string notation(const Insns& insns);

}  // namespace bpfcheck::differential
