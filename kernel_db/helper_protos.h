// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The prototypes of helpers.def by the kernel's name of each, and as an older or newer kernel has them
// (older_args.def).
#pragma once

#include <vector>

#include "kernel_db/helper_ids.h"
#include "kernel_db/helpers.h"

namespace bpfcheck {

enum class ProtoId : u16 {
#define PROTO(symbol, ...) symbol,
#include "kernel_db/helpers.def"
#undef PROTO
  count,
  refused,  ///< in availability.def: the kernel answers that there is none
};

/// Every prototype as this target has it, by ProtoId.
std::vector<HelperProto> helper_protos_of(const Target& target);
/// Whether the target was built with the function behind each prototype, by ProtoId: its BTF has the function. Older
/// tools listed only functions that can be traced; then nothing is told by a function's absence.
std::vector<bool> helper_protos_built_in(const Target& target);

/// BPF_FUNC_x that each prototype is for, by ProtoId.
inline constexpr u32 proto_helpers[] = {
#define PROTO(symbol, helper, ...) func::helper,
#include "kernel_db/helpers.def"
#undef PROTO
};

}  // namespace bpfcheck
