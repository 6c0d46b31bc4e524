// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes a program smaller as long as it stays interesting.
#pragma once

#include <functional>

#include "differential/program.h"

namespace bpfcheck::differential {

/// The smallest program found, by leaving out stretches of instructions and making the rest plainer, for which
/// `interesting` holds, as it does for p.
Program shrink(Program p, const std::function<bool(const Program&)>& interesting);

}  // namespace bpfcheck::differential
