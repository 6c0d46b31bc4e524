// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See elf_section.h.
#include "btf/elf_section.h"

#include <fmt/format.h>

namespace bpfcheck::btf {
namespace {

struct Section {
  u32 name = 0;
  u64 offset = 0, size = 0;
  u32 link = 0;
};

class Elf {
 public:
  explicit Elf(Bytes data) : data_(data), wide_(data[4] == 2), endian_(data[5] == 2 ? Endian::big : Endian::little) {}

  bool parse_header() {
    if (data_.size() < (wide_ ? 64u : 52u)) return false;
    shoff_ = wide_ ? get<u64>(40) : get<u32>(32);
    shentsize_ = get<u16>(wide_ ? 58 : 46);
    shnum_ = get<u16>(wide_ ? 60 : 48);
    shstrndx_ = get<u16>(wide_ ? 62 : 50);
    if (shoff_ > data_.size() || shentsize_ < (wide_ ? 64 : 40)) return false;
    if (shnum_ == 0 && fits(0)) shnum_ = static_cast<u32>(section(0).size);
    if (shstrndx_ == 0xffff && fits(0)) shstrndx_ = section(0).link;
    return true;
  }
  u32 count() const { return shnum_; }
  bool fits(u32 i) const { return (data_.size() - shoff_) / shentsize_ > i; }
  Section section(u32 i) const {
    u64 at = shoff_ + u64{i} * shentsize_;
    if (wide_) return {get<u32>(at), get<u64>(at + 24), get<u64>(at + 32), get<u32>(at + 40)};
    return {get<u32>(at), get<u32>(at + 16), get<u32>(at + 20), get<u32>(at + 24)};
  }
  u32 names() const { return shstrndx_; }
  bool inside(const Section& s) const { return s.offset <= data_.size() && s.size <= data_.size() - s.offset; }

 private:
  template <class T>
  T get(u64 at) const {
    return load_as<T>(data_.data() + at, endian_);
  }

  Bytes data_;
  bool wide_;
  Endian endian_;
  u64 shoff_ = 0;
  u32 shentsize_ = 0, shnum_ = 0, shstrndx_ = 0;
};

}  // namespace

Result<Blob> elf_section(const Blob& file, std::string_view name, const std::string& origin) {
  if (file.bytes.size() < 52) return fail(origin, "ELF file cut off", EINVAL);
  Elf elf(file.bytes);
  if (!elf.parse_header() || !elf.fits(elf.names()))
    return fail(origin, "ELF file without a readable section table", EINVAL);
  Section strings = elf.section(elf.names());
  if (!elf.inside(strings)) return fail(origin, "ELF section names lie outside the file", EINVAL);
  Bytes names = file.bytes.subspan(strings.offset, strings.size);
  for (u32 i = 0; i < elf.count() && elf.fits(i); i++) {
    Section s = elf.section(i);
    if (string_at(names, s.name).value_or("") != name) continue;
    if (!elf.inside(s)) return fail(origin, fmt::format("section {} lies outside the file", name), EINVAL);
    return file.part(s.offset, s.size);
  }
  return fail(origin, fmt::format("has no section {}", name), ENOENT);
}

}  // namespace bpfcheck::btf
