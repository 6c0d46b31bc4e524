// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A map as the verifier sees it: the definition with the special fields found in its value type.
#pragma once

#include <memory>
#include <optional>

#include "kernel_db/target.h"
#include "loader/map.h"
#include "loader/record.h"

namespace bpfcheck::sim {

using loader::Field;
using loader::Record;

struct Map {
  const loader::MapDef* def = nullptr;
  std::string_view name;                 ///< "" for the template of a map-in-map (bpf_map_meta_alloc copies no name)
  u32 index = 0;                         ///< in LinkedProgram::maps
  const btf::Btf* btf = nullptr;         ///< the object's, where the map was created with BTF
  std::shared_ptr<const Record> record;  ///< null where the value has no special fields
  std::shared_ptr<const Map> inner;      ///< map-in-map: the template
  bool bypass_spec_v1 = true;
};

/// What the bytes at `off` of a map's only value hold for good (bpf_map_direct_read); nothing where that may change or
/// lies outside.
std::optional<u64> map_direct_read(const Map& map, Arch arch, s64 off, int size, bool sign_extend);

}  // namespace bpfcheck::sim
