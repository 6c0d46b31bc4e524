// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// C declarations of BTF types: declarators inside out, bodies of structs, unions and enums with the padding they need.
#pragma once

#include <unordered_map>

#include "btf/c_layout.h"
#include "btf/c_names.h"

namespace bpfcheck::btf {

class CDecl {
 public:
  explicit CDecl(const Btf& btf);

  /// "const char *name[4]": a declaration without its semicolon. Anonymous types are written out in place.
  void declare(std::string& out, u32 id, std::string name, int indent = 0);
  /// "struct foo { ... }" with its attributes.
  void body(std::string& out, const Type& t, int indent = 0);
  /// "int bpf_x(struct sk_buff *skb)".
  void prototype(std::string& out, const Type& proto, std::string_view name);
  /// " __attribute__((btf_decl_tag("x")))" for each tag on a type (-1), its member or parameter.
  void decl_tags(std::string& out, u32 id, s32 component);
  bool has_tag(u32 id, std::string_view tag) const;

  CNames& names() { return names_; }
  CLayout& layout() { return layout_; }
  /// Set where a type was too deep or the text too long: what was written is of no use.
  bool failed() const { return failed_; }

 private:
  struct Qualifiers {
    bool is_const = false, is_volatile = false, is_restrict = false;
    std::string tags;
  };
  void base(std::string& out, const Type& t, const Qualifiers& q, int indent);
  void qualifiers(std::string& out, u32 id) const;
  void composite_body(std::string& out, const Type& t, int indent);
  void enum_body(std::string& out, const Type& t, int indent);
  void members(std::string& out, const Type& t, const Composite& c, int indent);
  void params(std::string& out, const Type& proto, bool named);
  std::string_view tag_text(std::string& scratch, const Type& tag) const;
  bool overflow(const std::string& out);

  const Btf& btf_;
  CNames names_;
  CLayout layout_;
  std::unordered_map<u32, std::vector<u32>> tags_;  ///< declaration tags by the type they stand on
  size_t limit_;
  int depth_ = 0;
  bool failed_ = false;
};

}  // namespace bpfcheck::btf
