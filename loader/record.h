// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Fields of a program's types that the kernel treats by itself: locks, timers, kptrs, list and tree heads and nodes, in
// map values and in objects that a program allocates. Values; which of them a kernel finds is its own affair
// (verifier_sim/maps).
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "btf/btf.h"
#include "kernel_db/types.h"

namespace bpfcheck::loader {

struct Record;

/// One special field (struct btf_field).
struct Field {
  u32 offset = 0, size = 0;
  FieldType type{};
  // kptrs: what they point to. Graph roots: the node type they hold.
  const btf::Btf* btf = nullptr;
  u32 btf_id = 0;
  bool has_dtor = false;              ///< kptr_ref of a kernel type with a destructor kfunc
  u32 node_offset = 0;                ///< graph root: offset of the node within value_btf_id
  u32 value_btf_id = 0;               ///< graph root: the program's type that it holds
  const Record* value_rec = nullptr;  ///< graph root: record of that type
};

/// The special fields of a type (struct btf_record).
struct Record {
  std::vector<Field> fields;  ///< ascending by offset
  u32 field_mask = 0;
  s32 spin_lock_off = -1, res_spin_lock_off = -1, timer_off = -1, wq_off = -1, refcount_off = -1, task_work_off = -1;
  bool has(u32 field_types) const { return field_mask & field_types; }
  /// btf_record_find: the field at exactly this offset, of one of these types; nullptr if none.
  const Field* find(u32 offset, u32 field_types) const {
    if (!has(field_types)) return nullptr;
    auto it = std::ranges::find(fields, offset, &Field::offset);
    return it != fields.end() && (it->type & field_types) ? &*it : nullptr;
  }
};

/// vmlinux first, then modules.
using KernelBtfs = std::span<const btf::BtfPtr>;

/// Records of the structures that a program may allocate: those that hold special fields (struct_meta_tab of its BTF).
struct StructMetas {
  std::map<u32, std::shared_ptr<Record>> records;  ///< by type id of the program's BTF
  /// btf_find_struct_meta
  const Record* find(u32 btf_id) const {
    auto it = records.find(btf_id);
    return it == records.end() ? nullptr : it->second.get();
  }
};

}  // namespace bpfcheck::loader
