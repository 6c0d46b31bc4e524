// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Text as unsigned bytes, which is what hashes and the functions of <cctype> want.
#pragma once

#include <ranges>
#include <string_view>

namespace bpfcheck {

inline auto octets(std::string_view s) {
  return s | std::views::transform([](char c) { return static_cast<unsigned char>(c); });
}

}  // namespace bpfcheck
