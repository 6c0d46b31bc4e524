// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See map_check.h. One rule a map type: the map_alloc_check and map_alloc of its bpf_map_ops (kernel/bpf/*map*.c,
// net/core/sock_map.c, net/xdp/xskmap.c, 6.18). That memory suffices is taken for granted.
#include "verifier_sim/maps/map_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/insn.h"
#include "kernel_db/availability.h"
#include "verifier_sim/notes/stop.h"

namespace bpfcheck::sim::maps {
namespace {

using loader::MapDef;

constexpr int ENOTSUPP = 524;
constexpr u32 ACCESS = F_RDONLY | F_RDONLY_PROG | F_WRONLY | F_WRONLY_PROG, BOTH = F_RDONLY_PROG | F_WRONLY_PROG;
constexpr u64 PAGE = 4096, PERCPU_MAX = 32 << 10 /* PCPU_MIN_UNIT_SIZE */, KMALLOC_MAX = 4 << 20;
constexpr u32 MOST_CPUS = 8192, MAX_STACK_DEPTH = 127 /* sysctl kernel.perf_event_max_stack */, BUILD_ID_SIZE = 32;

constexpr Stop invalid = Stop::refused(EINVAL), too_big = Stop::refused(E2BIG), forbidden = Stop::refused(EPERM),
               not_supported = Stop::refused(ENOTSUPP), out_of_range = Stop::refused(ERANGE);

class Check {
 public:
  Check(const MapDef& m, const Target& target)
      : m_(m), target_(target), key_(m.key_size), value_(m.value_size), entries_(m.max_entries) {}

  /// map_create
  Stop run() const {
    if (m_.extra && m_.type != MapType::BLOOM_FILTER && m_.type != MapType::ARENA) return invalid;
    if ((m_.flags & (F_RDONLY | F_WRONLY)) == (F_RDONLY | F_WRONLY)) return invalid;
    if (!map_type_supported(target_, m_.type)) return invalid;
    if (Stop stop = by_type()) return stop;
    return permitted() ? go_on : forbidden;
  }

 private:
  bool flags_within(u32 mask) const { return !(m_.flags & ~mask) && (m_.flags & BOTH) != BOTH; }
  bool percpu() const {
    using enum MapType;
    return m_.type == PERCPU_ARRAY || m_.type == PERCPU_HASH || m_.type == LRU_PERCPU_HASH;
  }
  u64 kernel_struct_size(std::string_view name, u64 otherwise) const {
    auto id = target_.btf ? target_.btf->find(name, btf::Kind::Struct) : std::nullopt;
    return id ? target_.btf->type(*id).size() : otherwise;
  }

  Stop by_type() const {
    using enum MapType;
    switch (m_.type) {
      case ARRAY:
      case PERCPU_ARRAY:
        return array();
      case PROG_ARRAY:
      case PERF_EVENT_ARRAY:
      case CGROUP_ARRAY:
        return fd_array();
      case ARRAY_OF_MAPS:
        if (Stop stop = fd_array()) return stop;
        return inner();
      case HASH:
      case PERCPU_HASH:
      case LRU_HASH:
      case LRU_PERCPU_HASH:
        return hash();
      case HASH_OF_MAPS:
        if (value_ != 4) return invalid;
        if (Stop stop = hash()) return stop;
        return inner();
      case REUSEPORT_SOCKARRAY:
        return value_ != 4 && value_ != 8 ? invalid : array();
      case LPM_TRIE:
        return lpm_trie();
      case QUEUE:
      case STACK:
        if (!entries_ || key_ || !value_ || !flags_within(F_NUMA_NODE | ACCESS)) return invalid;
        return value_ > KMALLOC_MAX ? too_big : go_on;
      case STACK_TRACE:
        return stack_trace();
      case RINGBUF:
      case USER_RINGBUF:
        if (m_.flags & ~u32{F_NUMA_NODE}) return invalid;
        return key_ || value_ || !entries_ || (entries_ & (entries_ - 1)) || entries_ % PAGE ? invalid : go_on;
      case BLOOM_FILTER:
        return key_ || !value_ || !entries_ || !flags_within(F_NUMA_NODE | F_ZERO_SEED | ACCESS) ||
                       (m_.extra & ~u64{0xf})
                   ? invalid
                   : go_on;
      case CPUMAP:
        if (!entries_ || key_ != 4 || (value_ != 4 && value_ != 8) || (m_.flags & ~u32{F_NUMA_NODE})) return invalid;
        return entries_ > MOST_CPUS ? too_big : go_on;
      case DEVMAP:
      case DEVMAP_HASH:
        if (!entries_ || key_ != 4 || (value_ != 4 && value_ != 8) ||
            (m_.flags & ~u32{F_NUMA_NODE | F_RDONLY | F_WRONLY}))
          return invalid;
        return m_.type == DEVMAP_HASH && entries_ > (1u << 31) ? invalid : go_on;
      case SOCKMAP:
        return sockets(key_ == 4);
      case SOCKHASH:
        if (Stop stop = sockets(key_ != 0)) return stop;
        return key_ > static_cast<u32>(bpf::MAX_STACK) ? too_big : go_on;
      case XSKMAP:
        return !entries_ || key_ != 4 || value_ != 4 || (m_.flags & ~u32{F_NUMA_NODE | F_RDONLY | F_WRONLY}) ? invalid
                                                                                                             : go_on;
      case SK_STORAGE:
      case TASK_STORAGE:
      case INODE_STORAGE:
      case CGRP_STORAGE:
        return local_storage();
      case CGROUP_STORAGE:
      case PERCPU_CGROUP_STORAGE:
        return cgroup_storage();
      case STRUCT_OPS:
        return key_ != 4 || entries_ != 1 || (m_.flags & ~u32{F_LINK | F_VTYPE_BTF_OBJ_FD}) ||
                       ((m_.flags & F_LINK) && !target_.has(Feature::struct_ops_link)) || !m_.btf_vmlinux_value_type_id
                   ? invalid
                   : go_on;
      case ARENA:
        return arena();
      default:
        return invalid;
    }
  }

  Stop array() const {
    constexpr u32 mask = F_NUMA_NODE | F_MMAPABLE | ACCESS | F_PRESERVE_ELEMS | F_INNER_MAP;
    if (!entries_ || key_ != 4 || !value_ || !flags_within(mask) || (percpu() && (m_.flags & F_NUMA_NODE)))
      return invalid;
    if (m_.type != MapType::ARRAY && (m_.flags & (F_MMAPABLE | F_INNER_MAP))) return invalid;
    if (m_.type != MapType::PERF_EVENT_ARRAY && (m_.flags & F_PRESERVE_ELEMS)) return invalid;
    if (value_ > INT32_MAX || (percpu() && (u64{value_} + 7) / 8 * 8 > PERCPU_MAX)) return too_big;
    return go_on;
  }

  Stop fd_array() const { return value_ != 4 || (m_.flags & BOTH) ? invalid : array(); }

  Stop hash() const {
    using enum MapType;
    const bool lru = m_.type == LRU_HASH || m_.type == LRU_PERCPU_HASH, percpu_lru = m_.flags & F_NO_COMMON_LRU;
    if ((m_.flags & F_ZERO_SEED) && !target_.caps.sys_admin) return forbidden;
    if (!flags_within(F_NO_PREALLOC | F_NO_COMMON_LRU | F_NUMA_NODE | ACCESS | F_ZERO_SEED)) return invalid;
    if (!lru && percpu_lru) return invalid;
    if (lru && (m_.flags & F_NO_PREALLOC)) return not_supported;
    if ((m_.flags & F_NUMA_NODE) && (percpu() || percpu_lru)) return invalid;
    if (!entries_ || !key_ || !value_) return invalid;
    if (key_ > static_cast<u32>(bpf::MAX_STACK) && !target_.has(Feature::long_keys)) return too_big;
    if (u64{key_} + value_ >= KMALLOC_MAX - kernel_struct_size("htab_elem", 48)) return too_big;
    if (percpu() && (u64{value_} + 7) / 8 * 8 > PERCPU_MAX) return too_big;
    // Its buckets, a power of two of 16 bytes each, must fit into 32 bits.
    return entries_ > (1u << 27) ? too_big : go_on;
  }

  /// bpf_map_meta_alloc. Without a template libbpf passes no file descriptor.
  Stop inner() const {
    using enum MapType;
    if (!m_.inner) return invalid;
    switch (m_.inner->type) {
      case ARRAY_OF_MAPS:
      case HASH_OF_MAPS:
        return invalid;
      case PROG_ARRAY:
      case CGROUP_STORAGE:
      case PERCPU_CGROUP_STORAGE:
      case STRUCT_OPS:
        return not_supported;
      default:
        return go_on;
    }
  }

  Stop lpm_trie() const {
    constexpr u32 head = 4, longest = head + 256;
    const u64 largest = KMALLOC_MAX - longest - kernel_struct_size("lpm_trie_node", 40);
    return !entries_ || !(m_.flags & F_NO_PREALLOC) || !flags_within(F_NO_PREALLOC | F_NUMA_NODE | ACCESS) ||
                   key_ <= head || key_ > longest || !value_ || value_ > largest
               ? invalid
               : go_on;
  }

  Stop stack_trace() const {
    if ((m_.flags & ~u32{F_NUMA_NODE | F_RDONLY | F_WRONLY | F_STACK_BUILD_ID}) || !entries_ || key_ != 4 ||
        value_ < 8 || value_ % 8)
      return invalid;
    const u32 entry = m_.flags & F_STACK_BUILD_ID ? BUILD_ID_SIZE : 8;
    if (value_ % entry || value_ / entry > MAX_STACK_DEPTH) return invalid;
    return entries_ > (1u << 31) ? too_big : go_on;
  }

  Stop sockets(bool key_fits) const {
    return !entries_ || !key_fits || (value_ != 4 && value_ != 8) ||
                   (m_.flags & ~u32{F_NUMA_NODE | F_RDONLY | F_WRONLY})
               ? invalid
               : go_on;
  }

  Stop local_storage() const {
    if ((m_.flags & ~u32{F_NO_PREALLOC | F_CLONE}) || !(m_.flags & F_NO_PREALLOC) || entries_ || key_ != 4 || !value_ ||
        !m_.btf_key_type_id || !m_.btf_value_type_id)
      return invalid;
    return value_ > UINT16_MAX - kernel_struct_size("bpf_local_storage_elem", 64) ? too_big : go_on;
  }

  Stop cgroup_storage() const {
    u64 largest = UINT16_MAX - kernel_struct_size("bpf_local_storage_elem", 64);
    if (!target_.has(Feature::large_cgroup_storage)) largest = PAGE;
    if (m_.type == MapType::PERCPU_CGROUP_STORAGE) largest = std::min(largest, PERCPU_MAX);
    if ((key_ != 16 && key_ != 8) || !value_) return invalid;
    if (value_ > largest) return too_big;
    return !flags_within(F_NUMA_NODE | ACCESS) || entries_ ? invalid : go_on;
  }

  Stop arena() const {
    if (key_ || value_ || !entries_ || !(m_.flags & F_MMAPABLE) ||
        (m_.flags & ~u32{F_SEGV_ON_FAULT | F_MMAPABLE | F_NO_USER_CONV}))
      return invalid;
    if (m_.extra % PAGE) return invalid;
    const u64 range = entries_ * PAGE;
    if (range > u64{1} << 32) return too_big;
    return (m_.extra >> 32) != ((m_.extra + range - 1) >> 32) ? out_of_range : go_on;
  }

  bool permitted() const {
    using enum MapType;
    switch (m_.type) {
      case SOCKMAP:
      case SOCKHASH:
      case DEVMAP:
      case DEVMAP_HASH:
      case XSKMAP:
        return target_.caps.net_admin || target_.caps.sys_admin;
      case SK_STORAGE:
      case INODE_STORAGE:
      case TASK_STORAGE:
      case CGRP_STORAGE:
      case BLOOM_FILTER:
      case LPM_TRIE:
      case REUSEPORT_SOCKARRAY:
      case STACK_TRACE:
      case QUEUE:
      case STACK:
      case LRU_HASH:
      case LRU_PERCPU_HASH:
      case STRUCT_OPS:
      case CPUMAP:
      case ARENA:
        return target_.caps.bpf || target_.caps.sys_admin;
      default:
        return true;
    }
  }

  const MapDef& m_;
  const Target& target_;
  const u32 key_, value_, entries_;
};

std::string_view errno_name(int err) {
  switch (err) {
    case EPERM:
      return "-EPERM";
    case E2BIG:
      return "-E2BIG";
    case ERANGE:
      return "-ERANGE";
    case EOPNOTSUPP:
      return "-EOPNOTSUPP";
    case ENOTSUPP:
      return "-ENOTSUPP";
    default:
      return "-EINVAL";
  }
}

/// What creating a map of this type asks of the process (map_create, kernel/bpf/syscall.c).
const char* missing_capability(MapType t, const Capabilities& caps) {
  switch (t) {
    case MapType::ARRAY:
    case MapType::PERCPU_ARRAY:
    case MapType::PROG_ARRAY:
    case MapType::PERF_EVENT_ARRAY:
    case MapType::CGROUP_ARRAY:
    case MapType::ARRAY_OF_MAPS:
    case MapType::HASH:
    case MapType::PERCPU_HASH:
    case MapType::HASH_OF_MAPS:
    case MapType::RINGBUF:
    case MapType::USER_RINGBUF:
    case MapType::CGROUP_STORAGE:
    case MapType::PERCPU_CGROUP_STORAGE:
      return nullptr;
    case MapType::SOCKMAP:
    case MapType::SOCKHASH:
    case MapType::DEVMAP:
    case MapType::DEVMAP_HASH:
    case MapType::XSKMAP:
      return caps.has_net_admin() ? nullptr : "CAP_NET_ADMIN";
    default:
      return caps.has_bpf() ? nullptr : "CAP_BPF";
  }
}

}  // namespace

Result<void> check_map_creation(const MapDef& m, const Target& target) {
  if (m.inner && (m.type == MapType::ARRAY_OF_MAPS || m.type == MapType::HASH_OF_MAPS))
    if (auto ok = check_map_creation(*m.inner, target); !ok)
      return fail(fmt::format("map '{}'", m.elf_name), "failed to create inner map: " + ok.error().what,
                  ok.error().errnum);
  const Stop refused = Check(m, target).run();
  if (!refused) {
    const char* cap = missing_capability(m.type, target.caps);
    return cap ? fail(fmt::format("map '{}'", m.elf_name),
                      fmt::format("a map of type {} needs {}", map_type_name(m.type), cap), EPERM)
               : Result<void>{};
  }
  return fail(fmt::format("map '{}'", m.elf_name),
              map_type_supported(target, m.type)
                  ? fmt::format("failed to create: {} (type {}, key size {}, value size {}, {} entries, flags {:#x})",
                                errno_name(refused.errnum()), map_type_name(m.type), m.key_size, m.value_size,
                                m.max_entries, m.flags)
                  : fmt::format("failed to create: {} (the target has no map type {})", errno_name(refused.errnum()),
                                map_type_name(m.type)),
              refused.errnum());
}

}  // namespace bpfcheck::sim::maps
