// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Part of a BTF, written as a BTF of its own: the types that are kept, and of structs and unions the members that are.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "btf/btf.h"

namespace bpfcheck::btf {

class Subset {
 public:
  /// `btf` outlives it.
  explicit Subset(const Btf& btf) : btf_(btf) {}

  enum class Pointers { stop, follow };
  /// A type with what it is made of: through modifiers, arrays and parameters, and maybe pointers. A struct is kept
  /// without members.
  void keep(u32 id, Pointers pointers);
  /// A member; its type is kept by itself.
  void keep_member(u32 id, u32 index) { members_[id].insert(index); }
  /// A type with all members and their types, but of structs behind a pointer only that there are such.
  void keep_whole(u32 id, bool behind_pointer = false);

  size_t types() const { return types_.size(); }
  /// Raw BTF in the byte order of the whole. What refers to a type that is not kept refers to void.
  std::vector<u8> bytes() const;

 private:
  const Btf& btf_;
  std::set<u32> types_;
  std::set<std::pair<u32, bool>> whole_;
  std::map<u32, std::set<u32>> members_;
};

}  // namespace bpfcheck::btf
