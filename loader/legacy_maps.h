// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Maps as objects defined them before BTF: struct bpf_map_def in a section "maps" (bpf_object__init_user_maps, libbpf
// 0.8).
#pragma once

#include "loader/map_defs.h"

namespace bpfcheck::loader {

/// Nothing where the object has no such section.
Result<void> collect_legacy_maps(const ElfFile& elf, Object& obj, std::vector<MapPlace>& places);

}  // namespace bpfcheck::loader
