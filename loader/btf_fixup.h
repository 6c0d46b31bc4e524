// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// An object's BTF as libbpf gives it to the kernel: data sections with the sizes and offsets that only the ELF file
// knows (btf_fixup_datasec, libbpf 1.7).
#pragma once

#include "btf/btf.h"
#include "loader/elf_file.h"

namespace bpfcheck::loader {

/// The same BTF, with data sections filled in and sorted; `btf` itself where there is nothing to fill in.
Result<btf::BtfPtr> fill_in_data_sections(const btf::BtfPtr& btf, Blob data, const ElfFile& elf);

}  // namespace bpfcheck::loader
