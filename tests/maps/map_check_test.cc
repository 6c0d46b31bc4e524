// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which maps Linux 6.18 makes, by map type: each refusal below was met on a real 6.18 kernel with the same attributes.
#include <gtest/gtest.h>

#include <cerrno>

#include "verifier_sim/maps/map_check.h"

namespace bpfcheck::sim::maps {
namespace {

struct Case {
  MapType type;
  u32 key, value, entries, flags;
  int err;
  u64 extra = 0;
};

int judge(const Case& c) {
  loader::MapDef m;
  m.elf_name = "m";
  m.type = c.type;
  m.key_size = c.key;
  m.value_size = c.value;
  m.max_entries = c.entries;
  m.flags = c.flags;
  m.extra = c.extra;
  auto ok = check_map_creation(m, make_target(nullptr, "6.18"));
  return ok ? 0 : ok.error().errnum;
}

TEST(MapCheck, ByType) {
  using enum MapType;
  constexpr int ENOTSUPP = 524;
  const Case cases[] = {
      {ARRAY, 4, 8, 1, 0, 0},
      {ARRAY, 8, 8, 1, 0, EINVAL},
      {ARRAY, 4, 0, 1, 0, EINVAL},
      {ARRAY, 4, 8, 0, 0, EINVAL},
      {ARRAY, 4, 8, 1, F_NO_PREALLOC, EINVAL},
      {ARRAY, 4, 8, 1, F_RDONLY_PROG | F_WRONLY_PROG, EINVAL},
      {ARRAY, 4, 8, 1, F_MMAPABLE, 0},
      {PERCPU_ARRAY, 4, 8, 1, F_MMAPABLE, EINVAL},
      {PERCPU_ARRAY, 4, 32768, 1, 0, 0},
      {PERCPU_ARRAY, 4, 32769, 1, 0, E2BIG},
      {PROG_ARRAY, 4, 4, 1, 0, 0},
      {PROG_ARRAY, 4, 8, 1, 0, EINVAL},
      {PROG_ARRAY, 4, 4, 1, F_RDONLY_PROG, EINVAL},
      {HASH, 4, 8, 1, 0, 0},
      {HASH, 0, 8, 1, 0, EINVAL},
      {HASH, 4, 8, 1, F_NO_COMMON_LRU, EINVAL},
      {HASH, 4, 5 << 20, 1, F_NO_PREALLOC, E2BIG},
      {LRU_HASH, 4, 8, 1, F_NO_PREALLOC, ENOTSUPP},
      {LRU_HASH, 4, 8, 1, F_NO_COMMON_LRU, 0},
      {LPM_TRIE, 8, 8, 1, F_NO_PREALLOC, 0},
      {LPM_TRIE, 8, 8, 1, 0, EINVAL},
      {LPM_TRIE, 4, 8, 1, F_NO_PREALLOC, EINVAL},
      {LPM_TRIE, 261, 8, 1, F_NO_PREALLOC, EINVAL},
      {QUEUE, 0, 8, 1, 0, 0},
      {QUEUE, 4, 8, 1, 0, EINVAL},
      {STACK_TRACE, 4, 1016, 1, 0, 0},
      {STACK_TRACE, 4, 1024, 1, 0, EINVAL},
      {STACK_TRACE, 4, 12, 1, 0, EINVAL},
      {RINGBUF, 0, 0, 4096, 0, 0},
      {RINGBUF, 0, 0, 12288, 0, EINVAL},
      {RINGBUF, 0, 0, 1024, 0, EINVAL},
      {RINGBUF, 0, 8, 4096, 0, EINVAL},
      {BLOOM_FILTER, 0, 8, 1, 0, 0, 15},
      {BLOOM_FILTER, 0, 8, 1, 0, EINVAL, 16},
      {HASH, 4, 8, 1, 0, EINVAL, 1},
      {DEVMAP, 4, 8, 1, 0, 0},
      {DEVMAP, 4, 16, 1, 0, EINVAL},
      {SOCKHASH, 512, 4, 1, 0, 0},
      {SOCKHASH, 513, 4, 1, 0, E2BIG},
      {SOCKMAP, 8, 4, 1, 0, EINVAL},
      {CGROUP_STORAGE, 16, 8, 0, 0, 0},
      {CGROUP_STORAGE, 16, 8, 1, 0, EINVAL},
      {CGROUP_STORAGE, 4, 8, 0, 0, EINVAL},
      {TASK_STORAGE, 4, 8, 0, F_NO_PREALLOC, EINVAL},
      {ARRAY_OF_MAPS, 4, 4, 1, 0, EINVAL},
      {ARENA, 0, 0, 1, F_MMAPABLE, 0},
      {ARENA, 0, 0, 1, 0, EINVAL},
      {ARENA, 0, 0, (1 << 20) + 1, F_MMAPABLE, E2BIG},
  };
  for (const Case& c : cases)
    EXPECT_EQ(judge(c), c.err) << map_type_name(c.type) << " key " << c.key << " value " << c.value << " entries "
                               << c.entries << " flags " << c.flags;
}

/// bpf_struct_ops_map_alloc_check: kernel/bpf/bpf_struct_ops.c, 6.1 and 6.6.
TEST(MapCheck, StructOpsLinksCameLater) {
  loader::MapDef m;
  m.type = MapType::STRUCT_OPS;
  m.key_size = 4;
  m.value_size = 128;
  m.max_entries = 1;
  m.btf_vmlinux_value_type_id = 1;
  EXPECT_TRUE(check_map_creation(m, make_target(nullptr, "6.1")));
  m.flags = F_LINK;
  EXPECT_FALSE(check_map_creation(m, make_target(nullptr, "6.1")));
  EXPECT_TRUE(check_map_creation(m, make_target(nullptr, "6.6")));
}

}  // namespace
}  // namespace bpfcheck::sim::maps
