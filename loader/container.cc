// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Objects inside executables and libraries: every BPF ELF file that stands within another file is found by its header.
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "loader/elf_file.h"
#include "loader/object.h"

namespace bpfcheck::loader {
namespace {

constexpr std::array<u8, 4> magic = {0x7f, 'E', 'L', 'F'};

/// Length of the 64-bit BPF object that begins at `at`; 0 where none does.
size_t object_size(Bytes file, size_t at) {
  if (file.size() - at < sizeof(Elf64_Ehdr)) return 0;
  const u8* p = file.data() + at;
  if (p[4] != ELFCLASS64 || p[6] != 1 || (p[5] != ELFDATA2LSB && p[5] != ELFDATA2MSB)) return 0;
  const Endian e = p[5] == ELFDATA2LSB ? Endian::little : Endian::big;
  if (load_as<u16>(p + 18, e) != machine_bpf) return 0;
  u64 shoff = load_as<u64>(p + 40, e), size = load_as<u16>(p + 58, e), count = load_as<u16>(p + 60, e);
  u64 total = shoff + size * count;
  return shoff && total <= file.size() - at ? total : 0;
}

}  // namespace

Result<std::vector<Object>> open_file(const std::string& path, OpenOptions opts) {
  BPFCHECK_ASSIGN(Blob file, map_file(path));
  std::vector<Object> out;
  const Bytes b = file.bytes;
  if (b.size() < 20 || !std::equal(magic.begin(), magic.end(), b.begin())) return fail(path, "not an ELF file", EINVAL);
  const Endian e = b[5] == ELFDATA2MSB ? Endian::big : Endian::little;
  if (load_as<u16>(b.data() + 16, e) == ET_REL || load_as<u16>(b.data() + 18, e) == machine_bpf) {
    BPFCHECK_ASSIGN(Object o, open_object(std::move(file), path, opts));
    out.push_back(std::move(o));
    return out;
  }
  u32 n = 0;
  for (size_t at = 1; at + sizeof(Elf64_Ehdr) <= b.size();) {
    auto it = std::search(b.begin() + static_cast<std::ptrdiff_t>(at), b.end(), magic.begin(), magic.end());
    at = static_cast<size_t>(it - b.begin());
    if (at >= b.size()) break;
    if (size_t size = object_size(b, at)) {
      BPFCHECK_ASSIGN(Object o, open_object(file.part(at, size), fmt::format("{}#{}", path, n++), opts));
      out.push_back(std::move(o));
      at += size;
    } else {
      at++;
    }
  }
  if (out.empty()) return fail(path, "holds no BPF object", ENOENT);
  return out;
}

}  // namespace bpfcheck::loader
