// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The maps of an object: BTF-defined, global data, kconfig, struct_ops, with what initialises them
// (bpf_object__init_maps, parse_btf_map_def, bpf_object__collect_map_relos: libbpf 1.7).
#pragma once

#include <optional>

#include "loader/elf_file.h"
#include "loader/object.h"

namespace bpfcheck::loader {

/// Where in the object a map stands, to find it from a symbol.
struct MapPlace {
  u32 section = 0;
  u64 offset = 0;     ///< BTF-defined maps and struct_ops: within the section
  u64 size = 0;       ///< bytes that it takes there
  bool data = false;  ///< a whole section of global data
  s32 map_idx = 0;
};

Result<void> collect_maps(const ElfFile& elf, Object& obj, std::vector<MapPlace>& places);
/// Relocations of .maps: programs and inner maps that initialise slots.
Result<void> collect_map_slots(const ElfFile& elf, Object& obj, const std::vector<MapPlace>& places, u32 section,
                               const std::vector<ElfReloc>& relocs);
/// Relocations of struct_ops sections: which program is which member.
Result<void> collect_struct_ops(const ElfFile& elf, Object& obj, const std::vector<MapPlace>& places, u32 section,
                                const std::vector<ElfReloc>& relocs);
/// A map left without a size gets one: what the program's own loader would set at run time.
void settle_size(MapDef& map);
std::optional<MapPlace> find_map_place(const std::vector<MapPlace>& places, const ElfFile& elf, const ElfSymbol& sym);

}  // namespace bpfcheck::loader
