// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// An ELF object for BPF, read through libelf: sections, symbols, relocations as plain values.
#pragma once

#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "base/result.h"

namespace bpfcheck::loader {

inline constexpr u16 machine_bpf = 247;  ///< EM_BPF

struct ElfSection {
  std::string name;
  u32 type = 0, link = 0, info = 0;
  u64 flags = 0, size = 0;
  Bytes data;  ///< empty for SHT_NOBITS
  bool executable() const { return flags & 4; }
};

struct ElfSymbol {
  std::string name;
  u64 value = 0, size = 0;
  u32 section = 0;  ///< 0: undefined; 0xff00 and above: special
  u8 type = 0, bind = 0, visibility = 0;
};

struct ElfReloc {
  u64 offset = 0;
  u32 type = 0, symbol = 0;
};

struct ElfFile {
  Endian endian = Endian::little;
  std::vector<ElfSection> sections;  ///< by index; 0 is empty
  std::vector<ElfSymbol> symbols;    ///< by index
  bool has_symbols = false;
  Blob file;

  /// Errors carry libbpf's errno.
  static Result<ElfFile> parse(Blob data, const std::string& origin);
  /// The entries of a SHT_REL section.
  Result<std::vector<ElfReloc>> relocs(const ElfSection& rel, const std::string& origin) const;
};

}  // namespace bpfcheck::loader
