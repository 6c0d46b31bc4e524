// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See validate.h.
#include "btf/validate.h"

#include <fmt/format.h>

namespace bpfcheck::btf {
namespace {

class Validator {
 public:
  explicit Validator(const Btf& btf) : btf_(btf) {}

  Result<void> run() {
    for (u32 id = btf_.first_id(); id < btf_.type_count(); id++) {
      Type t = btf_.type(id);
      std::string why = check(t);
      if (!why.empty())
        return fail(btf_.origin(),
                    fmt::format("type [{}] {} at offset {}: {}", id, kind_name(t.kind()), btf_.file_offset(id), why),
                    EINVAL);
    }
    return {};
  }

  /// "" or what is wrong.
  std::string check(const Type& t) const {
    if (!btf_.valid_string(t.name_off())) return "its name lies outside the string section";
    switch (t.kind()) {
      case Kind::Int:
        return t.int_bits() > 128 || t.int_bits() + t.int_offset() > 8 * t.size() ? "bad integer encoding" : "";
      case Kind::Float:
      case Kind::Fwd:
        return "";
      case Kind::Array:
        return check_array(t);
      case Kind::Struct:
      case Kind::Union:
        return check_members(t);
      case Kind::Enum:
      case Kind::Enum64:
        return check_enumerators(t);
      case Kind::FuncProto:
        return check_params(t);
      case Kind::DataSec:
        return check_section(t);
      case Kind::DeclTag:
        return check_tag(t);
      case Kind::Func:
        if (btf_.has(t.type()) && !btf_.type(t.type()).is(Kind::FuncProto))
          return "its type is not a function prototype";
        return reference(t.type());
      case Kind::Ptr:
        return reference(t.type());
      default: {  // typedef, modifiers, var
        if (std::string why = reference(t.type()); !why.empty()) return why;
        return endless(t.id()) ? "refers to itself" : "";
      }
    }
  }

 private:
  std::string reference(u32 id) const {
    return btf_.has(id) ? "" : fmt::format("refers to type [{}], which does not exist", id);
  }

  /// Typedefs and modifiers that lead back to themselves.
  bool endless(u32 id) const {
    u32 slow = id;
    for (u32 steps = 0;; steps++) {
      Type t = btf_.type(id);
      if (!t.is_modifier() && !t.is(Kind::Typedef)) return false;
      id = t.type();
      if (steps % 2) slow = btf_.type(slow).type();
      if (id == slow) return true;
    }
  }

  std::string check_array(const Type& t) const {
    ArrayInfo a = t.array();
    if (std::string why = reference(a.elem_type); !why.empty()) return why;
    return reference(a.index_type);
  }
  std::string check_members(const Type& t) const {
    for (u32 i = 0; i < t.vlen(); i++) {
      Member m = t.member(i);
      if (std::string why = reference(m.type); !why.empty()) return fmt::format("member {} {}", i, why);
    }
    return "";
  }
  std::string check_enumerators(const Type& t) const { return t.size() > 8 ? "bad size of an enumeration" : ""; }
  std::string check_params(const Type& t) const {
    for (u32 i = 0; i < t.vlen(); i++)
      if (std::string why = reference(t.param(i).type); !why.empty()) return fmt::format("parameter {} {}", i, why);
    return reference(t.type());
  }
  std::string check_section(const Type& t) const {
    for (u32 i = 0; i < t.vlen(); i++) {
      SecVar v = t.sec_var(i);
      if (std::string why = reference(v.type); !why.empty()) return fmt::format("variable {} {}", i, why);
      if (Kind k = btf_.type(v.type).kind(); k != Kind::Var && k != Kind::Func)
        return fmt::format("entry {} is no variable", i);
    }
    return "";
  }
  std::string check_tag(const Type& t) const {
    if (t.name().empty()) return "a tag without a value";
    return reference(t.type());
  }

  const Btf& btf_;
};

}  // namespace

Result<void> validate(const Btf& btf) { return Validator(btf).run(); }

bool validate(const Btf& btf, u32 id) { return Validator(btf).check(btf.type(id)).empty(); }

}  // namespace bpfcheck::btf
