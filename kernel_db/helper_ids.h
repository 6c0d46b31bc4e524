// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Numbers and names of the helper functions (helper_ids.def).
#pragma once

#include "base/types.h"

namespace bpfcheck::func {

/// BPF_FUNC_x: func::map_lookup_elem is 1.
enum Id : u32 {
#define HELPER(name, number) name = number,
#include "kernel_db/helper_ids.def"
#undef HELPER
};

}  // namespace bpfcheck::func
