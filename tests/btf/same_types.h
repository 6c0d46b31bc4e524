// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Do two BTFs tell the same type? For the round trip BTF -> C -> compiler -> BTF.
#pragma once

#include <set>
#include <string>

#include "btf/btf.h"

namespace bpfcheck::btf {

/// Compares types of an original BTF with those that a compiler made of its C header. What C cannot tell apart counts
/// as the same: the spelling of base types, an array's qualifiers and its elements', names of a prototype's parameters,
/// a forward declaration and the definition of that name, a named struct in place of its members and an anonymous one.
class SameTypes {
 public:
  SameTypes(const Btf& original, const Btf& compiled) : a_(original), b_(compiled) {}

  /// Named structs behind a pointer are compared by name: each is compared on its own.
  bool same(u32 a, u32 b, bool behind_pointer = false);
  const std::string& difference() const { return difference_; }

 private:
  struct Bare {
    Type type;
    unsigned qualifiers;
    std::string tags;
  };
  Bare strip(const Btf& btf, u32 id, unsigned qualifiers) const;
  bool differ(std::string what);
  bool same_bare(Type a, Type b, bool behind_pointer, unsigned qa, unsigned qb);
  bool same_members(Type a, Type b);
  bool same_enumerators(Type a, Type b);
  bool same_prototypes(Type a, Type b);
  bool same_tags(u32 a, u32 b, s32 component);

  const Btf& a_;
  const Btf& b_;
  std::set<std::pair<u32, u32>> assumed_;
  std::string difference_;
};

}  // namespace bpfcheck::btf
