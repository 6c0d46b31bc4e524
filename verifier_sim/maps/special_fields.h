// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which fields of a program's types this kernel treats by itself (btf_parse_fields, btf_parse_struct_metas:
// kernel/bpf/btf.c, 6.18).
#pragma once

#include <memory>

#include "kernel_db/target.h"
#include "loader/record.h"
#include "verifier_sim/notes/stop.h"

namespace bpfcheck::sim::maps {

/// The record of a structure or data section; null where it has no such fields.
Expected<std::shared_ptr<loader::Record>> btf_parse_fields(const btf::Btf& btf, u32 type_id, u32 field_mask,
                                                           u32 value_size, const Target& target);

/// Joins two records of one type.
void add(loader::Record& record, const loader::Record& other);

/// Of all structures that a program may allocate. Where one cannot be, the kernel refuses the whole BTF.
Expected<std::shared_ptr<const loader::StructMetas>> btf_parse_struct_metas(const btf::Btf& btf, const Target& target);

/// Connects graph roots with the records of what they hold.
Stop btf_check_and_fixup_fields(const btf::Btf& btf, loader::Record& rec, const loader::StructMetas* metas);

}  // namespace bpfcheck::sim::maps
