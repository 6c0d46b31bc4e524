// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One section of an ELF file by name: all that reading a kernel's or module's .BTF takes.
#pragma once

#include "base/mapped_file.h"

namespace bpfcheck::btf {

/// 32- and 64-bit, both byte orders. Errors name origin and what is out of bounds.
Result<Blob> elf_section(const Blob& file, std::string_view name, const std::string& origin);

}  // namespace bpfcheck::btf
