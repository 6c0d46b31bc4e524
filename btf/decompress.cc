// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See decompress.h.
#include "btf/decompress.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <memory>

#include "btf/elf_section.h"

namespace bpfcheck::btf {
namespace {

struct ArchiveFree {
  void operator()(archive* a) const { archive_read_free(a); }
};
using Archive = std::unique_ptr<archive, ArchiveFree>;

Result<Blob> read_member(archive* a, const std::string& origin, bool tolerate_garbage) {
  std::vector<u8> out;
  u8 chunk[1 << 16];
  for (;;) {
    la_ssize_t n = archive_read_data(a, chunk, sizeof chunk);
    if (n < 0) {
      if (tolerate_garbage && !out.empty()) break;  // a payload may be followed by its length and padding
      return fail(origin, archive_error_string(a) ? archive_error_string(a) : "cannot be decompressed", EINVAL);
    }
    if (n == 0) break;
    out.insert(out.end(), chunk, chunk + n);
    if (out.size() > largest_unpacked) return fail(origin, "decompresses to more than 1 GiB", EFBIG);
  }
  return Blob::own(std::move(out));
}

bool holds_btf(const Blob& b) {
  if (b.bytes.size() < 4) return false;
  u16 m = load_as<u16>(b.bytes.data(), Endian::little);
  if (m == 0xeb9f || m == 0x9feb) return true;
  return b.bytes[0] == 0x7f && b.bytes[1] == 'E' && elf_section(b, ".BTF", "").has_value();
}

Archive open_archive(Bytes data, bool raw) {
  Archive a(archive_read_new());
  archive_read_support_filter_all(a.get());
  if (raw)
    archive_read_support_format_raw(a.get());
  else {
    archive_read_support_format_tar(a.get());
    archive_read_support_format_cpio(a.get());
    archive_read_support_format_zip(a.get());
    archive_read_support_format_ar(a.get());
  }
  if (archive_read_open_memory(a.get(), data.data(), data.size()) != ARCHIVE_OK) return nullptr;
  return a;
}

}  // namespace

Result<Blob> unpack(const Blob& data, const std::string& origin) {
  archive_entry* entry = nullptr;
  if (Archive a = open_archive(data.bytes, false); a && archive_read_next_header(a.get(), &entry) == ARCHIVE_OK) {
    do {
      if (archive_entry_filetype(entry) != AE_IFREG) continue;
      auto member = read_member(a.get(), origin, false);
      if (!member) return member;
      if (holds_btf(*member)) return member;
    } while (archive_read_next_header(a.get(), &entry) == ARCHIVE_OK);
    return fail(origin, "an archive in which no file holds BTF", ENOENT);
  }
  Archive a = open_archive(data.bytes, true);
  if (!a || archive_read_next_header(a.get(), &entry) != ARCHIVE_OK)
    return fail(origin, "no known compression", EINVAL);
  if (archive_filter_count(a.get()) < 2) return fail(origin, "not compressed", EINVAL);
  return read_member(a.get(), origin, false);
}

Result<std::string> read_text(const std::string& path) {
  BPFCHECK_ASSIGN(Blob data, map_file(path));
  if (auto unpacked = unpack(data, path)) data = std::move(*unpacked);
  return std::string(data.bytes.begin(), data.bytes.end());
}

bool is_bzimage(Bytes d) {
  return d.size() > 0x260 && d[0x1fe] == 0x55 && d[0x1ff] == 0xaa && d[0x202] == 'H' && d[0x203] == 'd' &&
         d[0x204] == 'r' && d[0x205] == 'S';
}

Result<Blob> unpack_bzimage(const Blob& data, const std::string& origin) {
  const u8* p = data.bytes.data();
  if (load_as<u16>(p + 0x206, Endian::little) < 0x208)
    return fail(origin, "a boot image too old to name its payload", EINVAL);
  u64 sectors = p[0x1f1] ? p[0x1f1] : 4;
  u64 at = (sectors + 1) * 512 + load_as<u32>(p + 0x248, Endian::little);
  u64 size = load_as<u32>(p + 0x24c, Endian::little);
  if (at > data.bytes.size() || size > data.bytes.size() - at)
    return fail(origin, "the boot image's payload lies outside the file", EINVAL);
  Blob payload = data.part(at, size);
  archive_entry* entry = nullptr;
  Archive a = open_archive(payload.bytes, true);
  if (!a || archive_read_next_header(a.get(), &entry) != ARCHIVE_OK)
    return fail(origin, "the boot image's payload has no known compression", EINVAL);
  return read_member(a.get(), origin, true);
}

}  // namespace bpfcheck::btf
