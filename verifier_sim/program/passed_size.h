// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How a value of a type is passed to a function or returned by it (__get_type_size: kernel/bpf/btf.c, 6.18).
#pragma once

#include <optional>

#include "btf/btf.h"

namespace bpfcheck::sim {

/// Bytes; 0 for void, nothing where it cannot be passed.
inline std::optional<u64> passed_size(const btf::Btf& btf, u32 id) {
  if (!id) return 0;
  const btf::Type t = btf.type(btf.skip_mods_and_typedefs(id));
  if (t.is(btf::Kind::Ptr)) return 8;
  if (t.is(btf::Kind::Int) || t.is_any_enum() || t.is_composite()) return t.size();
  return std::nullopt;
}

}  // namespace bpfcheck::sim
