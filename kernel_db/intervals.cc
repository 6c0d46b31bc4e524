// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See intervals.h.
#include "kernel_db/intervals.h"

#include <algorithm>

namespace bpfcheck {

bool Intervals::holds(u32 line, const PatchLevels& levels, Unsure unsure) const {
  const u32 least = release_key(line, std::min(levels.least, 0xffffu)),
            most = release_key(line, std::min(levels.most, 0xffffu));
  bool own_line = false, maybe = false, mainline = false, absent = false;
  u32 first = Interval::open;
  for (const Interval& i : *this) {
    const bool touches = i.from <= most && least < i.until;
    switch (i.of) {
      case Interval::Of::stable:
        if (i.from >> 16 != line) break;
        own_line = true;
        if (i.from <= least && most < i.until) return true;
        maybe = maybe || touches;
        break;
      case Interval::Of::mainline:
        first = std::min(first, i.from);
        mainline = mainline || touches;
        break;
      case Interval::Of::absent:
        absent = absent || touches;
        break;
    }
  }
  if (own_line) return maybe && unsure == Unsure::take;
  if (absent) return false;
  // A line older than mainline's first may have taken it in some release that no row tells.
  return mainline || (first != Interval::open && release_key(line, 0) < first && unsure == Unsure::take);
}

}  // namespace bpfcheck
