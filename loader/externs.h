// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Extern variables and functions: kconfig values, kernel symbols, kfuncs (bpf_object__collect_externs, libbpf 1.7).
#pragma once

#include <map>

#include "loader/elf_file.h"
#include "loader/object.h"

namespace bpfcheck::loader {

/// In libbpf's order: kconfig externs by alignment, size and name, then kernel symbols by name. `by_symbol` maps an ELF
/// symbol's index to the extern's.
Result<std::vector<Extern>> collect_externs(const ElfFile& elf, const Object& obj, std::map<u32, s32>& by_symbol);

}  // namespace bpfcheck::loader
