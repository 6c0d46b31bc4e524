// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Names for a C header: C has one name space for struct, union and enum tags and one for everything else, BTF has
// neither. Whoever comes second gets a flavour (foo___2), which CO-RE takes for foo.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "btf/btf.h"

namespace bpfcheck::btf {

/// The keyword before the tag of a struct, union, enum or forward declaration.
std::string_view tag_keyword(const Type& t);
/// A forward declaration, be it an enum's (which has no kind of its own: an enum without enumerators).
bool is_forward(const Type& t);

class CNames {
 public:
  /// Tag of a named struct, union, enum or forward. A forward shares the tag of the definition of that name and
  /// keyword.
  std::string_view tag(const Type& t);
  /// Name of a typedef, or of a base type that C does not have; one a type.
  std::string_view type_name(const Type& t);
  /// A name for an enumerator or function that nothing has yet.
  std::string_view claim(std::string_view name);
  /// The name made a C identifier where it is none; for members and parameters, which cannot collide.
  std::string_view identifier(std::string_view name);

 private:
  struct Tag {
    std::string_view keyword;
    u32 definition;
    u32 used;
  };
  std::string_view numbered(std::string_view name, u32 n);
  std::string_view keep(std::string s) { return kept_.emplace_back(std::move(s)); }

  std::unordered_map<std::string_view, Tag> tags_;
  std::unordered_map<std::string_view, u32> others_;  ///< how often a name was claimed
  std::unordered_map<u32, std::string_view> renamed_tags_, type_names_;
  std::deque<std::string> kept_;
};

/// "unsigned int" and the like: a base type that needs no declaration.
bool is_c_base_type(std::string_view name);

}  // namespace bpfcheck::btf
