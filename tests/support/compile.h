// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The BPF compiler, for tests that make their own objects.
#pragma once

#include <string>

#include "base/result.h"

namespace bpfcheck::test {

/// clang for BPF is installed (clang-19, else clang).
bool have_clang();
/// Compiles C for BPF and returns the object's path, which lives as long as the process. `flags` come after -target
/// bpf.
Result<std::string> compile_bpf(const std::string& source, const std::string& flags = "-g -O2");

}  // namespace bpfcheck::test
