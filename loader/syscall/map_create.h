// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// BPF_MAP_CREATE, BPF_MAP_UPDATE_ELEM and BPF_MAP_FREEZE.
#pragma once

#include <string>

#include "base/bytes.h"
#include "kernel_db/uapi.h"
#include "loader/syscall/bpf.h"

namespace bpfcheck::loader::sys {

struct MapCreate {
  std::string name;
  MapType type = MapType::UNSPEC;
  u32 key_size = 0, value_size = 0, max_entries = 0, flags = 0, numa_node = 0;
  u64 extra = 0;
  int inner_map_fd = -1;
  int btf_fd = -1;  ///< without it the two type ids are not given
  u32 btf_key_type_id = 0, btf_value_type_id = 0;
  u32 btf_vmlinux_value_type_id = 0;  ///< struct_ops
  int value_type_btf_obj_fd = -1;     ///< struct_ops of a module: its BTF
};

/// Errors: "map 'name'", the system's words and the kernel's errno.
Result<Fd> map_create(const MapCreate& request);
/// `key` and `value` have the map's sizes; a per-CPU map's value is one for each possible CPU, rounded up to 8 bytes.
Result<void> map_update(const Fd& map, Bytes key, Bytes value, u64 flags = 0);
/// No update from user space from now on.
Result<void> map_freeze(const Fd& map);

}  // namespace bpfcheck::loader::sys
