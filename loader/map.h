// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A map as an object defines it, ready for BPF_MAP_CREATE.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/types.h"
#include "kernel_db/uapi.h"

namespace bpfcheck::loader {

struct Record;  // record.h

struct MapDef {
  std::string name;      ///< as libbpf would name it in the kernel: at most 15 characters, e.g. "prog.rodata" cut
  std::string elf_name;  ///< as the object names it
  MapType type = MapType::UNSPEC;
  u32 key_size = 0, value_size = 0, max_entries = 0, flags = 0, numa_node = 0;
  u64 extra = 0;
  u32 btf_key_type_id = 0, btf_value_type_id = 0;  ///< in the object's BTF; 0 where none
  bool has_btf = false;                            ///< created with those types
  std::shared_ptr<const Record> record;            ///< special fields of the value; null where it has none
  u32 btf_vmlinux_value_type_id = 0;               ///< struct_ops, in the target's BTF
  u32 pinning = 0;
  std::shared_ptr<MapDef> inner;  ///< template of a map-in-map
  std::vector<u8> initial;        ///< contents of a global-data map's only value
  bool frozen = false;            ///< read-only after initialisation (.rodata, .kconfig)
  bool is_global_data = false;
  bool autocreate = true;
  std::vector<std::pair<u32, std::string>> init_slots;  ///< program or inner map by name at an index
  // struct_ops
  std::string struct_ops_type;                                        ///< kernel type, "tcp_congestion_ops"
  std::vector<std::pair<std::string, std::string>> struct_ops_progs;  ///< member name, program name
};

}  // namespace bpfcheck::loader
