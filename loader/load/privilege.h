// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What this process may do, and what loading a program needs (bpf_prog_load, map_create: kernel/bpf/syscall.c, 6.18).
#pragma once

#include <string>

#include "base/result.h"
#include "kernel_db/target.h"
#include "kernel_db/uapi.h"

namespace bpfcheck::loader {

/// The effective capabilities of this process; before Linux 5.8, which has no CAP_BPF, CAP_SYS_ADMIN stands for all.
Capabilities own_capabilities();

/// Error where one is missing: which, and for what (EPERM).
Result<void> may_load(ProgType type, const Capabilities& caps);

}  // namespace bpfcheck::loader
