// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_maps.h.
#include "loader/load/kernel_maps.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include "core_reloc/flavour.h"
#include "loader/syscall/map_create.h"

namespace bpfcheck::loader {
namespace {

using enum MapType;

constexpr size_t page = 4096;

bool without_btf(MapType t) {
  switch (t) {
    case PERF_EVENT_ARRAY:
    case CGROUP_ARRAY:
    case STACK_TRACE:
    case ARRAY_OF_MAPS:
    case HASH_OF_MAPS:
    case DEVMAP:
    case DEVMAP_HASH:
    case CPUMAP:
    case XSKMAP:
    case SOCKMAP:
    case SOCKHASH:
    case QUEUE:
    case STACK:
    case ARENA:
      return true;
    default:
      return false;
  }
}

Bytes bytes_of(const u32& v) { return {reinterpret_cast<const u8*>(&v), sizeof v}; }

class Creator {
 public:
  explicit Creator(const MapsRequest& q) : q_(q) {}

  /// `types`: the definition as the object has it, with the type ids that the kernel is asked to take first.
  Result<KernelMap> create(const MapDef& def, const MapDef& types) {
    sys::MapCreate c = plain_request(def);
    if (def.type == PERF_EVENT_ARRAY && !types.max_entries) c.max_entries = q_.target.nr_cpus;
    if (def.is_global_data && !q_.kernel.mmapable_arrays) c.flags &= ~u32{F_MMAPABLE};
    if (!without_btf(def.type)) c.btf_fd = q_.btf_fd;
    if (def.type == STRUCT_OPS) {
      BPFCHECK_TRY(find_struct_ops(def, c));
    } else if (c.btf_fd >= 0) {
      c.btf_key_type_id = types.btf_key_type_id;
      c.btf_value_type_id = types.btf_value_type_id;
    }
    KernelMap inner;
    if ((def.type == ARRAY_OF_MAPS || def.type == HASH_OF_MAPS) && def.inner) {
      BPFCHECK_ASSIGN(inner, create(*def.inner, types.inner ? *types.inner : *def.inner));
      c.inner_map_fd = inner.fd.get();
    }
    auto fd = sys::map_create(c);
    if (!fd && (c.btf_key_type_id || c.btf_value_type_id)) {
      c.btf_fd = -1;
      fd = sys::map_create(c);
    }
    if (!fd) return std::unexpected(fd.error());
    KernelMap map;
    map.fd = std::move(*fd);
    BPFCHECK_TRY(fill(def, map));
    return map;
  }

 private:
  /// The kernel's structure that wraps the operations, and the BTF that has it.
  Result<void> find_struct_ops(const MapDef& def, sys::MapCreate& c) const {
    const std::string name = "bpf_struct_ops_" + core_reloc::essential_name(def.struct_ops_type);
    auto look = [&](const btf::Btf& btf, int fd) {
      auto id = btf.find(name, btf::Kind::Struct);
      if (!id) return false;
      c.btf_vmlinux_value_type_id = *id;
      c.value_type_btf_obj_fd = fd;
      c.value_size = btf.type(*id).size();
      return true;
    };
    if (look(*q_.target.btf, -1)) return {};
    for (size_t i = 0; i < q_.target.modules.size(); i++)
      if (look(*q_.target.modules[i].btf, q_.kernel.module_btfs[i].get())) return {};
    return fail(fmt::format("map '{}'", def.elf_name), fmt::format("struct {} is not found in kernel BTF", name),
                ENOTSUP);
  }

  static Result<void> fill(const MapDef& def, KernelMap& map) {
    if (def.is_global_data) {
      constexpr u32 only = 0;
      if (auto ok = sys::map_update(map.fd, bytes_of(only), def.initial); !ok)
        return fail(fmt::format("map '{}'", def.name), "its contents: " + ok.error().what, ok.error().errnum);
      if (def.frozen) {
        if (auto ok = sys::map_freeze(map.fd); !ok)
          return fail(fmt::format("map '{}'", def.name), "freezing it: " + ok.error().what, ok.error().errnum);
      }
    }
    if (def.type == ARENA) {
      const size_t size = page * def.max_entries;
      void* at = ::mmap(reinterpret_cast<void*>(def.extra), size, PROT_READ | PROT_WRITE,
                        def.extra ? MAP_SHARED | MAP_FIXED_NOREPLACE : MAP_SHARED, map.fd.get(), 0);
      if (at == MAP_FAILED) return sys::failed(fmt::format("map '{}': mapping the arena", def.name), -errno);
      map.mapping = Mapping(at, size);
    }
    return {};
  }

  const MapsRequest& q_;
};

}  // namespace

Mapping::~Mapping() {
  if (at_) ::munmap(at_, size_);
}

sys::MapCreate plain_request(const MapDef& def) {
  sys::MapCreate c;
  c.name = def.name;
  c.type = def.type;
  c.key_size = def.key_size;
  c.value_size = def.value_size;
  c.max_entries = def.max_entries;
  c.flags = def.flags;
  c.numa_node = def.numa_node;
  c.extra = def.extra;
  return c;
}

Result<std::vector<KernelMap>> create_maps(const MapsRequest& q) {
  std::vector<KernelMap> out;
  for (size_t i = 0; i < q.maps.size(); i++) {
    const MapDef& def = *q.maps[i];
    out.emplace_back();
    if (!def.autocreate) continue;
    BPFCHECK_ASSIGN(out.back(), Creator(q).create(def, *q.object.maps[i]));
  }
  for (size_t i = 0; i < q.maps.size(); i++) {
    const MapDef& def = *q.maps[i];
    if (def.type != ARRAY_OF_MAPS && def.type != HASH_OF_MAPS) continue;
    for (const auto& [index, name] : def.init_slots) {
      auto inner = std::ranges::find(q.maps, name, [](const auto& m) { return m->elf_name; });
      if (inner == q.maps.end())
        return fail(fmt::format("map '{}'", def.name), fmt::format("no map '{}' for slot {}", name, index), ENOENT);
      const auto fd = static_cast<u32>(out[static_cast<size_t>(inner - q.maps.begin())].fd.get());
      if (auto ok = sys::map_update(out[i].fd, bytes_of(index), bytes_of(fd)); !ok)
        return fail(fmt::format("map '{}'", def.name),
                    fmt::format("slot {}, map '{}': {}", index, name, ok.error().what), ok.error().errnum);
    }
  }
  return out;
}

Result<void> fill_program_arrays(std::span<const KernelMap> maps, const MapsRequest& q,
                                 const std::function<int(const std::string&)>& fd_of) {
  for (size_t i = 0; i < q.maps.size(); i++) {
    const MapDef& def = *q.maps[i];
    if (def.type != PROG_ARRAY || !maps[i].fd) continue;
    for (const auto& [index, name] : def.init_slots) {
      const int fd = fd_of(name);
      if (fd < 0) continue;
      if (auto ok = sys::map_update(maps[i].fd, bytes_of(index), bytes_of(static_cast<u32>(fd))); !ok)
        return fail(fmt::format("map '{}'", def.name),
                    fmt::format("slot {}, program '{}': {}", index, name, ok.error().what), ok.error().errnum);
    }
  }
  return {};
}

}  // namespace bpfcheck::loader
