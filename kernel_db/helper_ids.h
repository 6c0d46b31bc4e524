// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Numbers and names of the helper functions, and what they do (helper_ids.def).
#pragma once

#include <iterator>

#include "base/types.h"

namespace bpfcheck::func {

/// BPF_FUNC_x: func::map_lookup_elem is 1.
enum Id : u32 {
#define HELPER(name, number, ...) name = number,
#include "kernel_db/helper_ids.def"
#undef HELPER
};

/// What a helper does that its prototype does not tell (is_acquire_function, is_ptr_cast_function, record_func_map and
/// their like: kernel/bpf/verifier.c; bpf_helper_changes_pkt_data: net/core/filter.c, 6.18).
enum Trait : u16 {
  acquires = 1,           ///< its result is a reference
  acquires_socket = 2,    ///< so it is where it looks into a map of sockets
  shares_reference = 4,   ///< its result belongs to its argument's reference
  changes_packet = 8,     ///< pointers into the packet are lost
  calls_back = 16,        ///< it runs a function of the program before it returns, ...
  calls_back_later = 32,  ///< ... or later
  records_map = 64,       ///< which map it is called with is remembered, for its call may be replaced
  writes_map = 128,       ///< it changes that map
};
inline constexpr u16 traits[] = {
    0,
#define HELPER(name, number, ...) u16{0 __VA_OPT__(| (__VA_ARGS__))},
#include "kernel_db/helper_ids.def"
#undef HELPER
};
/// A number that no helper has does nothing.
constexpr bool does(u32 id, u16 trait) { return id < std::size(traits) && (traits[id] & trait); }

}  // namespace bpfcheck::func
