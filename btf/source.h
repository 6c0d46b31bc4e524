// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where BTF is found: raw files, ELF files with a .BTF section (vmlinux, modules), bzImages, all of them compressed
// (gzip, xz, zstd, lz4, lzma, bzip2) or inside archives (.tar.xz as BTF archives ship them).
#pragma once

#include "btf/btf.h"

namespace bpfcheck::btf {

/// Reads the BTF that `path` holds. `base` is needed for a module's split BTF. Errors name the path and each form
/// tried.
Result<BtfPtr> open(const std::string& path, BtfPtr base = nullptr);

/// The same over bytes in memory; `origin` names them in errors.
Result<BtfPtr> open_bytes(Blob data, const std::string& origin, BtfPtr base = nullptr);

/// The running kernel's, /sys/kernel/btf/vmlinux.
Result<BtfPtr> open_running_kernel();

}  // namespace bpfcheck::btf
