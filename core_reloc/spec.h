// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A CO-RE access: "0:1:2" against a type is a path through members and arrays (struct bpf_core_spec, libbpf 1.7
// relo_core.c).
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "btf/btf.h"

namespace bpfcheck::core_reloc {

enum class Kind : u32 {
  FieldByteOffset = 0,
  FieldByteSize,
  FieldExists,
  FieldSigned,
  FieldLshiftU64,
  FieldRshiftU64,
  TypeIdLocal,
  TypeIdTarget,
  TypeExists,
  TypeSize,
  EnumvalExists,
  EnumvalValue,
  TypeMatches,
};
inline constexpr u32 kind_count = 13;
bool is_field_based(Kind k);
bool is_type_based(Kind k);
bool is_enumval_based(Kind k);
/// libbpf's name, "<byte_off>".
std::string_view kind_text(Kind k);
/// "struct", "typedef", ... as libbpf names the kind of a type.
std::string_view kind_word(btf::Type t);

/// One step that names something: an array index (name empty) or a named member or enumerator.
struct Accessor {
  u32 type_id = 0;  ///< the struct, union, enum or array in which the step is taken
  u32 index = 0;    ///< member, enumerator or element
  std::string_view name;
};

inline constexpr size_t max_spec_len = 64;

struct Spec {
  const btf::Btf* btf = nullptr;
  u32 root_type_id = 0;
  Kind kind{};
  std::vector<Accessor> accessors;  ///< high level: named members and array indices only
  std::vector<u32> raw;             ///< as in the access string
  u32 bit_offset = 0;
};

/// Parses an access string against a local type.
Result<Spec> parse_spec(const btf::Btf& btf, u32 type_id, std::string_view access, Kind kind);
/// "[12] struct task_struct.pid (0:23 @ offset 1256)", as libbpf prints a spec.
std::string spec_text(const Spec& spec);
/// A named struct with an array as its last member of no or unknown length may be indexed past its end.
bool is_flexible_array(const btf::Btf& btf, const Accessor& last, const btf::ArrayInfo& array);

}  // namespace bpfcheck::core_reloc
