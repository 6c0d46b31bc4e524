// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Unpacking what BTF comes wrapped in: compressed files and archives (libarchive), Linux boot images for x86.
#pragma once

#include <string>

#include "base/mapped_file.h"

namespace bpfcheck::btf {

inline constexpr size_t largest_unpacked = size_t{1} << 30;  ///< bytes; more is refused

/// Decompresses one layer. Of an archive, the first member that holds BTF: raw, or an ELF file with a .BTF section.
Result<Blob> unpack(const Blob& data, const std::string& origin);

/// A text file as it is, or decompressed where it is compressed (/proc/config.gz).
Result<std::string> read_text(const std::string& path);

bool is_bzimage(Bytes data);
/// The kernel (an ELF file) within a boot image (Documentation/arch/x86/boot.rst: payload_offset, payload_length).
Result<Blob> unpack_bzimage(const Blob& data, const std::string& origin);

}  // namespace bpfcheck::btf
