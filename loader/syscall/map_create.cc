// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See map_create.h (map_create, map_update_elem, map_freeze: kernel/bpf/syscall.c, 6.18).
#include "loader/syscall/map_create.h"

#include <fmt/format.h>

namespace bpfcheck::loader::sys {

Result<Fd> map_create(const MapCreate& q) {
  MapCreateAttr attr{};
  attr.map_type = static_cast<u32>(q.type);
  attr.key_size = q.key_size;
  attr.value_size = q.value_size;
  attr.max_entries = q.max_entries;
  attr.map_flags = q.flags;
  attr.numa_node = q.numa_node;
  attr.map_extra = q.extra;
  copy_name(attr.map_name, q.name);
  if (q.inner_map_fd >= 0) attr.inner_map_fd = static_cast<u32>(q.inner_map_fd);
  if (q.btf_fd >= 0) {
    attr.btf_fd = static_cast<u32>(q.btf_fd);
    attr.btf_key_type_id = q.btf_key_type_id;
    attr.btf_value_type_id = q.btf_value_type_id;
  }
  attr.btf_vmlinux_value_type_id = q.btf_vmlinux_value_type_id;
  if (q.value_type_btf_obj_fd >= 0) {
    attr.value_type_btf_obj_fd = q.value_type_btf_obj_fd;
    attr.map_flags |= F_VTYPE_BTF_OBJ_FD;
  }
  const int r = bpf(Cmd::MAP_CREATE, attr);
  if (r < 0) return failed(fmt::format("map '{}'", q.name), r);
  return Fd(r);
}

Result<void> map_update(const Fd& map, Bytes key, Bytes value, u64 flags) {
  MapElemAttr attr{};
  attr.map_fd = static_cast<u32>(map.get());
  attr.key = address(key.data());
  attr.value = address(value.data());
  attr.flags = flags;
  if (const int r = bpf(Cmd::MAP_UPDATE_ELEM, attr); r < 0) return failed("map update", r);
  return {};
}

Result<void> map_freeze(const Fd& map) {
  MapElemAttr attr{};
  attr.map_fd = static_cast<u32>(map.get());
  if (const int r = bpf(Cmd::MAP_FREEZE, attr); r < 0) return failed("map freeze", r);
  return {};
}

}  // namespace bpfcheck::loader::sys
