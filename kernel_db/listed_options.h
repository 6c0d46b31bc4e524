// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The options of kconfig_values.def.
#pragma once

#include <string_view>
#include <vector>

namespace bpfcheck {

/// In the table's order.
std::vector<std::string_view> listed_options();

}  // namespace bpfcheck
