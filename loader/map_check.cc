// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See map_check.h.
#include "loader/map_check.h"

#include <fmt/format.h>

#include "kernel_db/availability.h"

namespace bpfcheck::loader {
namespace {

int refusal(const MapDef& m) {
  const bool key4 = m.key_size == 4;
  const auto &k = m.key_size, &v = m.value_size, &n = m.max_entries;
  switch (m.type) {
    case MapType::ARRAY:
    case MapType::PERCPU_ARRAY: return !n || !key4 || !v ? EINVAL : 0;
    case MapType::PROG_ARRAY:
    case MapType::PERF_EVENT_ARRAY:
    case MapType::CGROUP_ARRAY:
    case MapType::ARRAY_OF_MAPS: return !n || !key4 || v != 4 ? EINVAL : 0;
    case MapType::HASH_OF_MAPS: return !n || !k || v != 4 ? EINVAL : 0;
    case MapType::HASH: case MapType::PERCPU_HASH: case MapType::LRU_HASH: case MapType::LRU_PERCPU_HASH:
      return !n || !k || !v ? EINVAL : 0;
    case MapType::RINGBUF:
    case MapType::USER_RINGBUF: return k || v || !n || (n & (n - 1)) || n % 4096 ? EINVAL : 0;
    case MapType::QUEUE:
    case MapType::STACK: return !n || k || !v ? EINVAL : 0;
    case MapType::STACK_TRACE: return !n || !key4 || v < 8 || v % 8 ? EINVAL : 0;
    case MapType::LPM_TRIE: return !n || !(m.flags & F_NO_PREALLOC) || k < 5 || k > 260 || !v ? EINVAL : 0;
    case MapType::SK_STORAGE: case MapType::TASK_STORAGE: case MapType::INODE_STORAGE: case MapType::CGRP_STORAGE:
      return n || !key4 || !v || !(m.flags & F_NO_PREALLOC) || !m.btf_key_type_id || !m.btf_value_type_id ? EINVAL : 0;
    case MapType::BLOOM_FILTER: return k || !v || !n ? EINVAL : 0;
    case MapType::CGROUP_STORAGE:
    case MapType::PERCPU_CGROUP_STORAGE: return n ? EINVAL : 0;
    default: return 0;
  }
}

}  // namespace

Result<void> check_map_creation(const MapDef& m, const btf::Btf*, const Target& target) {
  if (!map_type_supported(target, m.type))
    return fail(fmt::format("map '{}'", m.elf_name), fmt::format("the target has no map type {}", map_type_name(m.type)), EINVAL);
  if (int err = refusal(m))
    return fail(fmt::format("map '{}'", m.elf_name),
                fmt::format("the kernel refuses key size {}, value size {}, {} entries for map type {}", m.key_size, m.value_size, m.max_entries, map_type_name(m.type)), err);
  if ((m.type == MapType::ARRAY_OF_MAPS || m.type == MapType::HASH_OF_MAPS) && m.inner) return check_map_creation(*m.inner, nullptr, target);
  return {};
}

}  // namespace bpfcheck::loader
