// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Changing raw BTF in place: type ids stay what they are, types and strings are only added at the end.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "btf/btf.h"

namespace bpfcheck::loader {

class BtfEdit {
 public:
  explicit BtfEdit(const btf::Btf& btf);

  /// Words of a type, counted from its head: 0 name, 1 info, 2 size or type, 3... what follows.
  u32 word(u32 id, u32 i) const { return load_as<u32>(at(id) + 4 * i, endian_); }
  void set_word(u32 id, u32 i, u32 v) { store_as(types_.data() + offsets_[id] + 4 * i, v, endian_); }
  void set_info(u32 id, btf::Kind kind, u32 vlen, bool kind_flag = false) {
    set_word(id, 1, (static_cast<u32>(kind) << 24) | vlen | (kind_flag ? 1u << 31 : 0));
  }
  /// Characters of a type's name may be replaced, not added.
  char* name(u32 id) { return reinterpret_cast<char*>(strings_.data()) + word(id, 0); }

  u32 add_string(std::string_view s);        ///< its offset
  u32 add_type(std::span<const u32> words);  ///< its id
  u32 add_type(std::initializer_list<u32> words) { return add_type(std::span(words.begin(), words.size())); }

  std::vector<u8> raw() const;

 private:
  const u8* at(u32 id) const { return types_.data() + offsets_[id]; }
  Endian endian_;
  std::vector<u8> types_, strings_;
  std::vector<u32> offsets_;  ///< by id
};

}  // namespace bpfcheck::loader
