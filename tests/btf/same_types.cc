// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See same_types.h.
#include "btf/same_types.h"

#include <fmt/format.h>

#include <algorithm>

namespace bpfcheck::btf {
namespace {

enum Qualifier : unsigned { q_const = 1, q_volatile = 2, q_restrict = 4 };

/// The header gives the second of a name a number: foo___2.
bool same_name(std::string_view original, std::string_view compiled) {
  if (!compiled.starts_with(original)) return false;
  compiled.remove_prefix(original.size());
  if (compiled.empty()) return true;
  return compiled.size() > 3 && compiled.starts_with("___") &&
         compiled.find_first_not_of("0123456789", 3) == std::string_view::npos;
}

/// Enums of either width and forwards alike.
std::string_view keyword(Type t) {
  return t.is_any_enum() ? "enum" : t.is(Kind::Union) || (t.is(Kind::Fwd) && t.kind_flag()) ? "union" : "struct";
}

}  // namespace

bool SameTypes::differ(std::string what) {
  if (difference_.empty()) difference_ = std::move(what);
  return false;
}

SameTypes::Bare SameTypes::strip(const Btf& btf, u32 id, unsigned qualifiers) const {
  std::string tags;
  for (;; id = btf.type(id).type()) {
    Type t = btf.type(id);
    switch (t.kind()) {
      case Kind::Const:
        qualifiers |= q_const;
        break;
      case Kind::Volatile:
        qualifiers |= q_volatile;
        break;
      case Kind::Restrict:
        qualifiers |= q_restrict;
        break;
      case Kind::TypeTag:
        tags += fmt::format("{}{} ", t.kind_flag() ? "!" : "", t.name());
        break;
      default:
        return {t, qualifiers, tags};
    }
  }
}

bool SameTypes::same(u32 a, u32 b, bool behind_pointer) {
  Bare x = strip(a_, a, 0), y = strip(b_, b, 0);
  if (x.tags.find('!') == std::string::npos && x.tags != y.tags)
    return differ(fmt::format("type tags '{}' and '{}'", x.tags, y.tags));
  return same_bare(x.type, y.type, behind_pointer, x.qualifiers, y.qualifiers);
}

bool SameTypes::same_bare(Type a, Type b, bool behind_pointer, unsigned qa, unsigned qb) {
  if (a.is(Kind::Array) && b.is(Kind::Array)) {
    ArrayInfo x = a.array(), y = b.array();
    if (x.nelems != y.nelems) return differ(fmt::format("arrays of {} and {}", x.nelems, y.nelems));
    Bare ex = strip(a_, x.elem_type, qa), ey = strip(b_, y.elem_type, qb);
    return same_bare(ex.type, ey.type, false, ex.qualifiers, ey.qualifiers);
  }
  if (a.is(Kind::FuncProto)) qa = qb = 0;
  if (qa != qb)
    return differ(
        fmt::format("qualifiers of {} '{}' and {} '{}'", kind_name(a.kind()), a.name(), kind_name(b.kind()), b.name()));
  if (b.is(Kind::Typedef) && (a.is(Kind::Int) || a.is(Kind::Float)) &&
      same_name(a.name(), b.name()))  // a base type that C does not have
    return b_.size_of(b.id()) == a.size() || differ(fmt::format("size of {}", a.name()));
  if (a.is(Kind::Int) && a.name() == "double" && b.is(Kind::Float)) return a.size() == b.size();  // pahole of 2020
  const bool named = !a.name().empty();
  if (named && (a.is(Kind::Fwd) || b.is(Kind::Fwd) || (behind_pointer && (a.is_composite() || a.is_any_enum()))))
    return (keyword(a) == keyword(b) && same_name(a.name(), b.name())) ||
           differ(fmt::format("{} {} and {} {}", keyword(a), a.name(), keyword(b), b.name()));
  if (a.kind() != b.kind() && !(a.is_any_enum() && b.is_any_enum()))
    return differ(fmt::format("{} '{}' and {} '{}'", kind_name(a.kind()), a.name(), kind_name(b.kind()), b.name()));
  if (named && !a.is(Kind::Int) && !a.is(Kind::Float) && !same_name(a.name(), b.name()))
    return differ(fmt::format("names {} and {}", a.name(), b.name()));
  if (!assumed_.emplace(a.id(), b.id()).second) return true;
  switch (a.kind()) {
    case Kind::Int:
      return (a.size() == b.size() && a.int_bits() == b.int_bits() &&
              (a.int_is_signed() == b.int_is_signed() ||
               a.name() == "signed char")) ||  // pahole of 2020 left its sign out
             differ(fmt::format("{} and {}", a.name(), b.name()));
    case Kind::Float:
      return a.size() == b.size();
    case Kind::Ptr:
      return same(a.type(), b.type(), true);
    case Kind::Typedef:
      return same_tags(a.id(), b.id(), -1) && same(a.type(), b.type(), behind_pointer);
    case Kind::Struct:
    case Kind::Union:
      return same_members(a, b);
    case Kind::Enum:
    case Kind::Enum64:
      return same_enumerators(a, b);
    case Kind::FuncProto:
      return same_prototypes(a, b);
    default:
      return true;
  }
}

bool SameTypes::same_members(Type a, Type b) {
  if (a.size() != b.size())
    return differ(fmt::format("{} '{}': sizes {} and {}", kind_name(a.kind()), a.name(), a.size(), b.size()));
  if (a.vlen() != b.vlen()) return differ(fmt::format("'{}': {} and {} members", a.name(), a.vlen(), b.vlen()));
  if (!same_tags(a.id(), b.id(), -1)) return false;
  for (u32 i = 0; i < a.vlen(); i++) {
    Member x = a.member(i), y = b.member(i);
    if (x.bit_offset != y.bit_offset || x.bitfield_size != y.bitfield_size)
      return differ(fmt::format("'{}.{}': bits {}:{} and {}:{}", a.name(), x.name, x.bit_offset, x.bitfield_size,
                                y.bit_offset, y.bitfield_size));
    if (x.name != y.name) return differ(fmt::format("'{}': members '{}' and '{}'", a.name(), x.name, y.name));
    if (!same_tags(a.id(), b.id(), static_cast<s32>(i))) return false;
    Type s = a_.type(a_.skip_mods(x.type)),
         t = b_.type(b_.skip_mods(y.type));  // clang drops the const of an anonymous member
    const bool in_place = x.name.empty() && s.is_composite() && t.kind() == s.kind() && t.name().empty();
    if (in_place ? !same_members(s, t) : !same(x.type, y.type)) {
      difference_ = fmt::format("{}.{}: {}", a.name(), x.name, difference_);
      return false;
    }
  }
  return true;
}

bool SameTypes::same_enumerators(Type a, Type b) {
  if (a.vlen() == 0) return true;  // an enum's forward declaration
  if (a.size() != b.size() || a.vlen() != b.vlen())
    return differ(fmt::format("enum '{}': {}*{} and {}*{}", a.name(), a.vlen(), a.size(), b.vlen(), b.size()));
  for (u32 i = 0; i < a.vlen(); i++) {
    Enumerator x = a.enumerator(i), y = b.enumerator(i);
    const bool equal = a.is(Kind::Enum) ? static_cast<u32>(x.value) == static_cast<u32>(y.value) : x.value == y.value;
    if (!equal || !same_name(x.name, y.name))
      return differ(fmt::format("enum '{}': {}={} and {}={}", a.name(), x.name, x.value, y.name, y.value));
  }
  return true;
}

bool SameTypes::same_prototypes(Type a, Type b) {
  if (a.vlen() != b.vlen()) return differ(fmt::format("{} and {} parameters", a.vlen(), b.vlen()));
  auto value = [&](u32 x, u32 y) {  // qualifiers of a parameter or result itself tell callers nothing
    Bare p = strip(a_, x, 0), q = strip(b_, y, 0);
    return same_bare(p.type, q.type, true, 0, 0);
  };
  for (u32 i = 0; i < a.vlen(); i++)
    if (!value(a.param(i).type, b.param(i).type)) return false;
  return value(a.type(), b.type());
}

bool SameTypes::same_tags(u32 a, u32 b, s32 component) {
  auto x = a_.decl_tags(a, component), y = b_.decl_tags(b, component);
  std::ranges::sort(x);
  std::ranges::sort(y);
  return x == y || differ(fmt::format("declaration tags of '{}'", a_.type(a).name()));
}

}  // namespace bpfcheck::btf
