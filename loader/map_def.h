// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a BTF-defined map is: the members of its structure, __uint(), __type() and __array() (parse_btf_map_def,
// libbpf 1.7).
#pragma once

#include "btf/btf.h"
#include "loader/object.h"

namespace bpfcheck::loader {

/// Reads the structure `struct_id` into `map`, whose elf_name errors name beside `path`; their errno is libbpf's.
Result<void> parse_map_def(const btf::Btf& btf, const std::string& path, u32 struct_id, MapDef& map);

}  // namespace bpfcheck::loader
