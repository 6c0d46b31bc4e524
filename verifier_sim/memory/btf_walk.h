// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What lies at an offset of a structure that BTF describes, and whether two types are one (btf_struct_access,
// btf_struct_ids_match and their like: kernel/bpf/btf.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// What a load gives: for PTR_TO_BTF_ID the type pointed to, its flags and the member's name.
struct BtfField {
  u32 btf_id = 0;
  u32 flag = 0;  ///< TypeFlag
  std::string_view name;
};

/// What [off, off + size) of the object that `reg` points to holds: SCALAR_VALUE, PTR_TO_BTF_ID or PTR_TO_MEM.
Expected<RegType> btf_struct_access(Env& env, const Reg* reg, int off, int size, BtfField* field);

/// An object of type `id`, or a structure that lies at `off` in it, has the type `need_id`; strict: the object itself.
bool btf_struct_ids_match(Env& env, const btf::Btf* btf, u32 id, int off, const btf::Btf* need_btf, u32 need_id,
                          bool strict);
bool btf_types_are_same(const btf::Btf* btf1, u32 id1, const btf::Btf* btf2, u32 id2);

/// The kernel's own list for this type ("task_struct__safe_rcu", found in its BTF) names this pointer member.
bool btf_nested_type_is_trusted(const Reg* reg, std::string_view field_name, u32 btf_id, std::string_view suffix);

/// The BTF is vmlinux's or a module's, not a program's.
bool btf_is_kernel(const Env& env, const btf::Btf* btf);
inline std::string_view btf_type_name(const btf::Btf* btf, u32 id) { return btf->type(id).name(); }
/// "FWD", "STRUCT": the kernel's name of a type's kind.
inline std::string_view btf_type_str(btf::Type t) { return btf::kind_name(t.kind()); }
/// A type's name as the kernel prints it (__btf_name_by_offset).
inline std::string_view shown_name(std::string_view name) { return name.empty() ? "(anon)" : name; }
inline std::string_view shown_name(btf::Type t) { return shown_name(t.name()); }
/// Id of a structure in vmlinux's BTF; 0 where it has none.
u32 vmlinux_struct_id(const Env& env, std::string_view name);

}  // namespace bpfcheck::sim
