// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See map.h.
#include "verifier_sim/program/map.h"

namespace bpfcheck::sim {

std::optional<u64> map_direct_read(const Map& map, Arch arch, s64 off, int size, bool sign_extend) {
  const loader::MapDef& def = *map.def;
  if (!(def.flags & F_RDONLY_PROG) || !def.frozen || def.type != MapType::ARRAY) return std::nullopt;
  if (off < 0 || off + size > s64{def.value_size}) return std::nullopt;
  const bool big = arch == Arch::s390x;
  u64 v = 0;
  for (int i = 0; i < size; i++) {
    const auto at = static_cast<size_t>(off + i);
    const u64 byte = at < def.initial.size() ? def.initial[at] : 0;
    v |= byte << 8 * (big ? size - 1 - i : i);
  }
  if (sign_extend && size < 8) v = static_cast<u64>(static_cast<s64>(v << (64 - 8 * size)) >> (64 - 8 * size));
  return v;
}

}  // namespace bpfcheck::sim
