// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A map as the verifier sees it: the definition with the special fields found in its value type.
#pragma once

#include <memory>
#include <vector>

#include "loader/map.h"
#include "kernel_db/types.h"
#include "btf/btf.h"

namespace bpfcheck::sim {

struct Record;

/// One special field (struct btf_field).
struct Field {
  u32 offset = 0, size = 0;
  FieldType type{};
  // kptrs: what they point to. Graph roots: the node type they hold.
  const btf::Btf* btf = nullptr;
  u32 btf_id = 0;
  bool has_dtor = false;                 ///< kptr_ref of a kernel type with a destructor kfunc
  u32 node_offset = 0;                   ///< graph root: offset of the node within value_btf_id
  u32 value_btf_id = 0;                  ///< graph root: the program's type that it holds
  const Record* value_rec = nullptr;     ///< graph root: record of that type
};

/// The special fields of a value type (struct btf_record).
struct Record {
  std::vector<Field> fields;             ///< ascending by offset
  u32 field_mask = 0;
  s32 spin_lock_off = -1, res_spin_lock_off = -1, timer_off = -1, wq_off = -1, refcount_off = -1, task_work_off = -1;
  bool has(u32 field_types) const { return field_mask & field_types; }
  /// btf_record_find: the field at exactly this offset, of one of these types; nullptr if none.
  const Field* find(u32 offset, u32 field_types) const;
};

struct Map {
  const loader::MapDef* def = nullptr;
  std::string_view name;                 ///< "" for the template of a map-in-map (bpf_map_meta_alloc copies no name)
  u32 index = 0;                         ///< in LinkedProgram::maps
  const btf::Btf* btf = nullptr;         ///< the object's, where the map has BTF
  std::shared_ptr<const Record> record;  ///< null where the value has no special fields
  std::shared_ptr<const Map> inner;      ///< map-in-map: the template
  bool bypass_spec_v1 = true;
};

}  // namespace bpfcheck::sim
