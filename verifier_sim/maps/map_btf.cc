// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See map_btf.h.
#include "verifier_sim/maps/map_btf.h"

#include <algorithm>
#include <initializer_list>

#include "verifier_sim/maps/special_fields.h"

namespace bpfcheck::sim::maps {
namespace {

using btf::Btf;
using btf::Kind;
using btf::Type;
using loader::LoadedBtf;
using loader::MapDef;
using enum MapType;
using MapTypes = std::initializer_list<MapType>;

constexpr u32 VALUE_FIELDS = FIELD_SPIN_LOCK | FIELD_RES_SPIN_LOCK | FIELD_TIMER | FIELD_KPTR | FIELD_LIST_HEAD |
                             FIELD_RB_ROOT | FIELD_REFCOUNT | FIELD_WORKQUEUE | FIELD_UPTR | FIELD_TASK_WORK;

bool in(MapTypes types, MapType t) { return std::ranges::find(types, t) != types.end(); }

/// libbpf gives these no BTF: the kernel would refuse it.
bool never_with_btf(MapType t) {
  return in({PERF_EVENT_ARRAY, CGROUP_ARRAY, STACK_TRACE, ARRAY_OF_MAPS, HASH_OF_MAPS, DEVMAP, DEVMAP_HASH, CPUMAP,
             XSKMAP, SOCKMAP, SOCKHASH, QUEUE, STACK, ARENA},
            t);
}

bool field_goes_with(u32 field, MapType t, const Target& target) {
  if (field & (FIELD_SPIN_LOCK | FIELD_RES_SPIN_LOCK))
    return in({HASH, ARRAY, CGROUP_STORAGE, SK_STORAGE, INODE_STORAGE, TASK_STORAGE, CGRP_STORAGE}, t);
  if (field & (FIELD_TIMER | FIELD_WORKQUEUE | FIELD_TASK_WORK | FIELD_GRAPH_ROOT))
    return in({HASH, LRU_HASH, ARRAY}, t);
  if (field & (FIELD_KPTR | FIELD_REFCOUNT))
    return in({HASH, LRU_HASH, ARRAY, PERCPU_ARRAY}, t) ||
           (target.has(Feature::kptr_in_storage) &&
            in({PERCPU_HASH, LRU_PERCPU_HASH, SK_STORAGE, INODE_STORAGE, TASK_STORAGE, CGRP_STORAGE}, t));
  return field == FIELD_UPTR && t == TASK_STORAGE;
}

/// Fields that cannot be made sense of leave a map without any, not without BTF.
std::shared_ptr<loader::Record> fields_of(const Btf& btf, u32 value, u32 size, const Target& target) {
  if (btf.type(value).is(Kind::DataSec) && !target.has(Feature::fields_in_sections)) return nullptr;
  auto find = [&](u32 fields) {
    auto found = btf_parse_fields(btf, value, fields, size, target);
    return found ? std::move(*found) : nullptr;
  };
  if (target.has(Feature::field_records)) return find(VALUE_FIELDS);
  // Each kind was looked for by itself (btf_find_spin_lock, btf_find_timer, btf_parse_kptrs: kernel/bpf/btf.c, 6.1).
  std::shared_ptr<loader::Record> all;
  for (u32 kind : {u32{FIELD_SPIN_LOCK}, u32{FIELD_TIMER}, u32{FIELD_KPTR}}) {
    auto some = find(kind);
    if (!all)
      all = std::move(some);
    else if (some)
      add(*all, *some);
  }
  return all;
}

bool is_int_of(const Type& t, u32 bytes) {
  return t.is(Kind::Int) && t.size() == bytes && t.int_bits() == bytes * 8 && !t.int_offset();
}

bool member_is_int(const Btf& btf, const btf::Member& m, u32 offset, u32 size) {
  const Type t = btf.type(btf.skip_mods_and_typedefs(m.type));
  return m.bit_offset == offset * 8 && !m.bitfield_size && is_int_of(t, size);
}

bool is_cgroup_storage_key(const Btf& btf, const Type& key) {
  return key.is(Kind::Struct) && key.vlen() == 2 && member_is_int(btf, key.member(0), 0, 8) &&
         member_is_int(btf, key.member(1), 8, 4);
}

/// map_check_btf of the map's type; `key` void where the map has no key type.
bool type_takes(const MapDef& m, const Btf& btf, const Type& key, const Type& value) {
  switch (m.type) {
    case ARRAY:
    case PERCPU_ARRAY:
      if (key.is(Kind::Void)) return m.type == ARRAY && m.max_entries == 1 && value.is(Kind::DataSec);
      return is_int_of(key, 4);
    case SK_STORAGE:
    case INODE_STORAGE:
    case TASK_STORAGE:
    case CGRP_STORAGE:
      return is_int_of(key, 4);
    case CGROUP_STORAGE:
    case PERCPU_CGROUP_STORAGE:
      return m.key_size == 8 ? is_int_of(key, 8) : is_cgroup_storage_key(btf, key);
    case LPM_TRIE:
      return key.is(Kind::Struct);
    case BLOOM_FILTER:
      return key.is(Kind::Void);
    case PROG_ARRAY:
      return false;
    default:
      return !key.is(Kind::Void);
  }
}

/// The type that gives the size, and the size (btf_type_id_size); false where it has none.
bool sized(const Btf& btf, u32& id, u32 expected) {
  id = btf.skip_mods_and_typedefs(id);
  const auto size = btf.size_of(id);
  return size && *size == expected;
}

bool settle(MapDef& m, const LoadedBtf& loaded, const Target& target) {
  const Btf& btf = *loaded.btf;
  u32 key = m.btf_key_type_id, value = m.btf_value_type_id;
  if (!value) return true;  // a key type alone is not looked at
  if (key && !sized(btf, key, m.key_size)) return false;
  if (!sized(btf, value, m.value_size)) return false;
  auto rec = fields_of(btf, value, m.value_size, target);
  if (rec) {
    if (!target.caps.has_bpf()) return false;
    if (m.flags & (F_RDONLY_PROG | F_WRONLY_PROG)) return false;
    for (u32 bit = 1; bit <= FIELD_TASK_WORK; bit <<= 1)
      if ((rec->field_mask & bit) && !field_goes_with(bit, m.type, target)) return false;
    if (btf_check_and_fixup_fields(btf, *rec, loaded.metas.get())) return false;
  }
  if (!type_takes(m, btf, btf.type(key), btf.type(value))) return false;
  m.record = std::move(rec);
  return true;
}

}  // namespace

void settle_map_btf(MapDef& m, const LoadedBtf& btf, const Target& target) {
  if (!btf.btf || never_with_btf(m.type) || !settle(m, btf, target)) m.btf_key_type_id = m.btf_value_type_id = 0;
  m.has_btf = m.btf_key_type_id || m.btf_value_type_id;
  if (!m.inner) return;
  auto inner = std::make_shared<MapDef>(*m.inner);
  settle_map_btf(*inner, btf, target);
  m.inner = std::move(inner);
}

}  // namespace bpfcheck::sim::maps
