// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where special fields stand in a type, before anything is made of them (btf_find_field and below: kernel/bpf/btf.c,
// 6.18).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "btf/btf.h"
#include "kernel_db/target.h"
#include "kernel_db/types.h"
#include "verifier_sim/notes/stop.h"

namespace bpfcheck::sim::maps {

/// A type whose name makes a field of it special.
struct Special {
  FieldType type;
  std::string_view name;
  u32 size, align;
  bool unique;  ///< at most one a structure
};
std::span<const Special> special_types();
/// In bytes.
u32 field_size(FieldType type);

/// What is found before it is resolved (struct btf_field_info).
struct Found {
  FieldType type{};
  u32 off = 0;
  u32 type_id = 0;             ///< kptr: the type in the program's BTF; graph root: the type that it holds
  std::string_view node_name;  ///< graph root: the member of that type by which it is linked
};
using FoundList = std::vector<Found>;

/// The kinds of special fields that the target knows.
u32 known_fields(const Target& target);
/// Those of `field_mask` in a structure or data section that the target knows.
Stop find_fields(const btf::Btf& btf, u32 type_id, u32 field_mask, const Target& target, FoundList& out);
/// A pointer to a kernel object or to one that a program allocates, by its tag.
bool is_kptr(const btf::Btf& btf, u32 type_id, const Target& target);

}  // namespace bpfcheck::sim::maps
