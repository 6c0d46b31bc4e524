// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See source.h.
#include "btf/source.h"

#include <fmt/format.h>

#include "btf/decompress.h"
#include "btf/elf_section.h"

namespace bpfcheck::btf {
namespace {

constexpr int max_layers = 4;  ///< a compressed archive of a bzImage with an ELF file within

bool is_raw_btf(Bytes b) {
  if (b.size() < 4) return false;
  u16 m = load_as<u16>(b.data(), Endian::little);
  return m == 0xeb9f || m == 0x9feb;
}

bool is_elf(Bytes b) { return b.size() >= 4 && b[0] == 0x7f && b[1] == 'E' && b[2] == 'L' && b[3] == 'F'; }

Result<BtfPtr> open_layer(Blob data, const std::string& origin, const BtfPtr& base, int layer) {
  if (is_raw_btf(data.bytes)) return Btf::parse(std::move(data), {.origin = origin, .base = base});
  if (is_elf(data.bytes)) {
    BPFCHECK_ASSIGN(Blob section, elf_section(data, ".BTF", origin));
    return Btf::parse(std::move(section), {.origin = origin + ": .BTF", .base = base});
  }
  if (layer >= max_layers) return fail(origin, "too many layers of compression", EINVAL);
  if (is_bzimage(data.bytes)) {
    BPFCHECK_ASSIGN(Blob kernel, unpack_bzimage(data, origin));
    return open_layer(std::move(kernel), origin, base, layer + 1);
  }
  auto unpacked = unpack(data, origin);
  if (!unpacked)
    return fail(
        origin,
        "holds no BTF: not raw BTF, an ELF file with .BTF, a bzImage, nor a compressed file or archive of one (" +
            unpacked.error().what + ")",
        EINVAL);
  return open_layer(std::move(*unpacked), origin, base, layer + 1);
}

}  // namespace

Result<BtfPtr> open_bytes(Blob data, const std::string& origin, BtfPtr base) {
  return open_layer(std::move(data), origin, base, 0);
}

Result<BtfPtr> open(const std::string& path, BtfPtr base) {
  BPFCHECK_ASSIGN(Blob data, map_file(path));
  return open_bytes(std::move(data), path, std::move(base));
}

Result<BtfPtr> open_running_kernel() { return open("/sys/kernel/btf/vmlinux"); }

}  // namespace bpfcheck::btf
