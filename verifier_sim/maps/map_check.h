// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the kernel asks of a map before it creates it (map_alloc_check of each map type, 6.18).
#pragma once

#include "base/result.h"
#include "kernel_db/target.h"
#include "loader/map.h"

namespace bpfcheck::sim::maps {

/// An error carries the kernel's errno. Only what is sure to be refused is.
Result<void> check_map_creation(const loader::MapDef& map, const Target& target);

}  // namespace bpfcheck::sim::maps
