// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Validation while the type table is read: the rules of validate.cc over data in the host's byte order, in the same
// stride and without words. Where something looks wrong, validate.cc looks again and says what.
#pragma once

#include <cstring>
#include <vector>

#include "btf/btf.h"

namespace bpfcheck::btf {

class Glance {
 public:
  explicit Glance(u32 strings_end) : strings_end_(strings_end) {}

  /// One type: `p` at its head, all of it within the data, of a kind below kind_count. `kind_of` tells the kind of a
  /// type that was seen before, and something else for others.
  template <class KindOf>
  void see(u32 id, const u8* p, u32 kind, u32 n, KindOf kind_of) {
    names_ |= word(p, 0) >= strings_end_;
    const u32 ref = word(p, 2);
    switch (static_cast<Kind>(kind)) {
      case Kind::Float:
      case Kind::Fwd:
        break;
      case Kind::Enum:
      case Kind::Enum64:
        sizes_ |= ref > 8;
        break;
      case Kind::Array:
        refer(word(p, 3));
        refer(word(p, 4));
        break;
      case Kind::Struct:
      case Kind::Union:
        for (u32 i = 0; i < n; i++) refer(word(p, 4 + 3 * i));
        break;
      case Kind::FuncProto:
        refer(ref);
        for (u32 i = 0; i < n; i++) refer(word(p, 4 + 2 * i));
        break;
      case Kind::Ptr:
        refer(ref);
        break;
      case Kind::Const:
      case Kind::Volatile:
      case Kind::Restrict:
      case Kind::Typedef:
      case Kind::TypeTag:
        refer(ref);
        if (ref >= id) later_.push_back(id);  // a circle has at least one that leads forward
        break;
      case Kind::Func:
        if (kind_of(ref) != static_cast<u32>(Kind::FuncProto)) later_.push_back(id);
        break;
      default:
        later_.push_back(id);
    }
  }

  /// False where a closer look is needed; `look` judges one type that could not be judged in passing.
  template <class Look>
  bool passes(u32 type_count, Look look) const {
    if (names_ || sizes_ || highest_ >= type_count) return false;
    for (u32 id : later_)
      if (!look(id)) return false;
    return true;
  }

 private:
  static u32 word(const u8* p, u32 i) {
    u32 v;
    std::memcpy(&v, p + size_t{4} * i, sizeof v);
    return v;
  }
  void refer(u32 id) { highest_ = id > highest_ ? id : highest_; }

  const u32 strings_end_;
  bool names_ = false, sizes_ = false;
  u32 highest_ = 0;
  std::vector<u32> later_;
};

}  // namespace bpfcheck::btf
