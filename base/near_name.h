// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Names near to one that was mistyped.
#pragma once

#include <cstddef>
#include <string_view>

namespace bpfcheck {

/// Letters to insert, leave out, replace or swap with the next until one is the other; case does not count.
/// (Optimal string alignment: no letter is changed twice.)
size_t edit_distance(std::string_view a, std::string_view b);
/// As near as a slip of the fingers: a letter in four, at least one.
bool is_near_name(std::string_view typed, std::string_view name);

}  // namespace bpfcheck
