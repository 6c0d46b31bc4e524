// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which program and map types a target has.
#pragma once

#include "kernel_db/helpers.h"

namespace bpfcheck {

/// The type is in the target's enum and the code behind it is built in.
bool prog_type_supported(const Target& target, ProgType type);
bool map_type_supported(const Target& target, MapType type);

/// Loading one needs CAP_NET_ADMIN, CAP_PERFMON (is_net_admin_prog_type, is_perfmon_prog_type:
/// kernel/bpf/syscall.c, 6.18).
bool needs_net_admin(ProgType type);
bool needs_perfmon(ProgType type);

}  // namespace bpfcheck
