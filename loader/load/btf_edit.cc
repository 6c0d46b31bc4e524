// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See btf_edit.h.
#include "loader/load/btf_edit.h"

#include <algorithm>

namespace bpfcheck::loader {
namespace {

constexpr u32 header_len = 24;

std::vector<u8> part(const btf::Btf& btf, u32 off_at, u32 len_at) {
  const Bytes all = btf.raw().bytes;
  const auto get = [&](u32 at) { return load_as<u32>(all.data() + at, btf.endian()); };
  const Bytes p = all.subspan(get(4) + get(off_at), get(len_at));
  return {p.begin(), p.end()};
}

}  // namespace

BtfEdit::BtfEdit(const btf::Btf& btf)
    : endian_(btf.endian()), types_(part(btf, 8, 12)), strings_(part(btf, 16, 20)), offsets_(1, 0) {
  const u32 base = btf.type_count() > 1 ? btf.file_offset(1) : 0;
  for (u32 id = 1; id < btf.type_count(); id++) offsets_.push_back(btf.file_offset(id) - base);
}

u32 BtfEdit::add_string(std::string_view s) {
  const auto off = static_cast<u32>(strings_.size());
  strings_.insert(strings_.end(), s.begin(), s.end());
  strings_.push_back(0);
  return off;
}

u32 BtfEdit::add_type(std::span<const u32> words) {
  offsets_.push_back(static_cast<u32>(types_.size()));
  for (u32 w : words) {
    types_.resize(types_.size() + 4);
    store_as(types_.data() + types_.size() - 4, w, endian_);
  }
  return static_cast<u32>(offsets_.size() - 1);
}

std::vector<u8> BtfEdit::raw() const {
  std::vector<u8> out(header_len + types_.size() + strings_.size());
  const auto types = static_cast<u32>(types_.size()), strings = static_cast<u32>(strings_.size());
  store_as<u16>(out.data(), 0xeb9f, endian_);
  out[2] = 1;
  const u32 words[] = {header_len, 0, types, types, strings};
  for (u32 i = 0; i < 5; i++) store_as(out.data() + 4 + 4 * i, words[i], endian_);
  std::ranges::copy(strings_, std::ranges::copy(types_, out.begin() + header_len).out);
  return out;
}

}  // namespace bpfcheck::loader
