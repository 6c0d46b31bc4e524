// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How a struct or union must be written so that a C compiler lays it out as the BTF says: BTF keeps offsets and sizes
// but not what made them, alignment and packing. The alignment here is that of the type as the header writes it, which
// may be less than the original's: paddings are written out, so that only offsets must be right.
#pragma once

#include <unordered_map>

#include "btf/btf.h"

namespace bpfcheck::btf {

struct Composite {
  u32 align = 1;        ///< bytes, as written
  bool packed = false;  ///< a member or the size is not where natural alignment would have it
  u32 filler = 0;       ///< bits of an unnamed bit-field that brings a union to its size; 0: none
  u32 aligned = 0;      ///< the aligned attribute that does so, bytes; 0: none
  bool opaque = false;  ///< members overlap as in no C struct: only the size can be told
};

class CLayout {
 public:
  explicit CLayout(const Btf& btf) : btf_(btf), pointer_size_(btf.pointer_size()) {}

  const Composite& of(const Type& t);
  /// Bytes; 1 for what has no alignment.
  u32 align_of(u32 id);
  /// Bits; 0 for what has no size.
  u64 bits_of(u32 id) const;
  /// Where the compiler would place this member after `cursor` bits of its struct.
  u64 natural_offset(const Composite& c, const Member& m, u64 cursor);

 private:
  Composite measure(const Type& t);
  bool members_fit(const Type& t, const Composite& c);

  const Btf& btf_;
  u32 pointer_size_;
  std::unordered_map<u32, Composite> known_;
  int depth_ = 0;
};

}  // namespace bpfcheck::btf
