// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which capabilities loading a program takes: the fewest with which the kernel would still accept it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel_db/target.h"
#include "loader/object.h"

namespace bpfcheck::judge {

/// Links and judges the program again with no capability, then with more. Nothing where even all of `target`'s are not
/// enough. `flags`: ProgFlag that the load has besides the program's own.
std::optional<Capabilities> needed_caps(const loader::Object& object, const loader::ObjectProgram& prog,
                                        const Target& target, u32 flags = 0);

/// {"CAP_BPF", "CAP_PERFMON"}; empty for none.
std::vector<std::string> caps_names(const Capabilities& caps);

}  // namespace bpfcheck::judge
