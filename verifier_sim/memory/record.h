// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Maps as the verifier sees them, and the records of what registers point to (reg_btf_record, btf_find_struct_meta:
// kernel/bpf/verifier.c and btf.c, 6.18).
#pragma once

#include <memory>

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

std::shared_ptr<Map> make_map(const loader::MapDef& def, u32 index, const btf::Btf* btf);

/// Special fields of a structure of the program's own; nullptr where it has none or `btf` is not the program's.
const Record* btf_find_struct_meta(const Env& env, const btf::Btf* btf, u32 btf_id);
/// Special fields of the map value or allocated object that a register points to; nullptr where there are none.
const Record* reg_btf_record(const Env& env, const Reg* reg);
const Field* reg_find_field_offset(const Env& env, const Reg* reg, s32 off, u32 fields);
/// "bpf_spin_lock", "kptr", ...
const char* btf_field_type_name(u32 field_type);
bool reg_may_point_to_spin_lock(const Env& env, const Reg* reg);

}  // namespace bpfcheck::sim
