// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See near_name.h. The table of distances of all beginnings, three rows of it at a time.
#include "base/near_name.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace bpfcheck {

size_t edit_distance(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  auto same = [&](char x, char y) { return lower(x) == lower(y); };
  std::vector<size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); i++) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); j++) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + !same(a[i - 1], b[j - 1])});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row.back();
}

bool is_near_name(std::string_view typed, std::string_view name) {
  const size_t allowed = std::max<size_t>(1, std::min(typed.size(), name.size()) / 4);
  const size_t longer = std::max(typed.size(), name.size()), shorter = std::min(typed.size(), name.size());
  return longer - shorter <= allowed && edit_distance(typed, name) <= allowed;
}

}  // namespace bpfcheck
