// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Properties of LSM hooks that the verifier decides by (lsm_hooks.def).
#pragma once

#include <string_view>

#include "base/types.h"
#include "kernel_db/target.h"

namespace bpfcheck {

enum class LsmHook : u8 { disabled, current, unlocked_sockopt, locked_sockopt, sleepable, untrusted, boolean };

/// `function` is the attach target, "bpf_lsm_file_open".
bool lsm_hook_has(const Target& target, std::string_view function, LsmHook property);

}  // namespace bpfcheck
