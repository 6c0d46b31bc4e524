// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See validate.h.
#include "btf/validate.h"

#include <fmt/format.h>

#include <cstring>

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
        return fail(btf_.origin(), fmt::format("type [{}] {} at offset {}: {}", id, kind_name(t.kind()), btf_.file_offset(id), why), EINVAL);
    }
    return {};
  }

  /// "" or what is wrong.
  std::string check(const Type& t) const {
    if (!btf_.valid_string(t.name_off())) return "its name lies outside the string section";
    switch (t.kind()) {
      case Kind::Int: return t.int_bits() > 128 || t.int_bits() + t.int_offset() > 8 * t.size() ? "bad integer encoding" : "";
      case Kind::Float:
      case Kind::Fwd: return "";
      case Kind::Array: return check_array(t);
      case Kind::Struct:
      case Kind::Union: return check_members(t);
      case Kind::Enum:
      case Kind::Enum64: return check_enumerators(t);
      case Kind::FuncProto: return check_params(t);
      case Kind::DataSec: return check_section(t);
      case Kind::DeclTag: return check_tag(t);
      case Kind::Func:
        if (btf_.has(t.type()) && !btf_.type(t.type()).is(Kind::FuncProto)) return "its type is not a function prototype";
        return reference(t.type());
      case Kind::Ptr: return reference(t.type());
      default: {  // typedef, modifiers, var
        if (std::string why = reference(t.type()); !why.empty()) return why;
        return endless(t.id()) ? "refers to itself" : "";
      }
    }
  }

 private:
  std::string reference(u32 id) const { return btf_.has(id) ? "" : fmt::format("refers to type [{}], which does not exist", id); }

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
      if (Kind k = btf_.type(v.type).kind(); k != Kind::Var && k != Kind::Func) return fmt::format("entry {} is no variable", i);
    }
    return "";
  }
  std::string check_tag(const Type& t) const {
    if (t.name().empty()) return "a tag without a value";
    return reference(t.type());
  }

  const Btf& btf_;
};

/// The same rules over data in the host's byte order, without words: where it says no, the Validator says why.
class Glance {
 public:
  explicit Glance(const Btf& btf)
      : btf_(btf), base_(btf.raw().bytes.data()), count_(btf.type_count()), strings_end_(btf.strings_end()), own_(btf.first_id()) {}

  bool passes() const {
    const u8* p = own_ < count_ ? at(own_) : nullptr;
    for (u32 id = own_; id < count_; id++) {  // one type follows another
      if (!check(id, p)) return false;
      p += 12 + size_t{4} * words_after(p);
    }
    return true;
  }

 private:
  static u32 word(const u8* p, u32 i) {
    u32 v;
    std::memcpy(&v, p + size_t{4} * i, sizeof v);
    return v;
  }
  /// Id, name, info, size or type, and what follows.
  const u8* at(u32 id) const { return base_ + btf_.file_offset(id); }
  static Kind kind(const u8* p) { return static_cast<Kind>((word(p, 1) >> 24) & 0x1f); }

  /// 32-bit words that follow a type's head.
  static u32 words_after(const u8* p) {
    //                                     INT PTR ARR ST UN EN FWD TD VO CO RE FN FP VAR DS FL DT TT E64
    static constexpr u8 fixed[32] = {0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0};
    static constexpr u8 each[32] = {0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3};
    const u32 info = word(p, 1), k = (info >> 24) & 0x1f;
    return fixed[k] + each[k] * (info & 0xffff);
  }

  bool check(u32 id, const u8* p) const {
    if (word(p, 0) >= strings_end_) return false;
    const u32 n = word(p, 1) & 0xffff, ref = word(p, 2);
    switch (kind(p)) {
      case Kind::Float: case Kind::Fwd: return true;
      case Kind::Array: return word(p, 3) < count_ && word(p, 4) < count_;
      case Kind::Struct: case Kind::Union:
        for (u32 i = 0; i < n; i++)
          if (word(p, 3 + 3 * i + 1) >= count_) return false;
        return true;
      case Kind::Enum: case Kind::Enum64: return ref <= 8;
      case Kind::FuncProto:
        for (u32 i = 0; i < n; i++)
          if (word(p, 3 + 2 * i + 1) >= count_) return false;
        return ref < count_;
      case Kind::Func: return ref >= own_ && ref < count_ && kind(at(ref)) == Kind::FuncProto;
      case Kind::Ptr: return ref < count_;
      case Kind::Typedef: case Kind::Const: case Kind::Volatile: case Kind::Restrict: case Kind::TypeTag: return leads_somewhere(ref);
      case Kind::Var: return ref < count_;
      default: return slow_.check(btf_.type(id)).empty();  // rare ones
    }
  }

  /// A chain of typedefs and modifiers ends soon, as it does unless someone made it up.
  bool leads_somewhere(u32 ref) const {
    for (int steps = 0; steps < 16; steps++) {
      if (ref >= count_) return false;
      if (ref < own_) return true;
      const u8* p = at(ref);
      const Kind k = kind(p);
      if (k != Kind::Typedef && k != Kind::Const && k != Kind::Volatile && k != Kind::Restrict && k != Kind::TypeTag) return true;
      ref = word(p, 2);
    }
    return false;
  }

  const Btf& btf_;
  const u8* base_;
  const u32 count_, strings_end_, own_;
  const Validator slow_{btf_};
};

}  // namespace

Result<void> validate(const Btf& btf) {
  if ((btf.endian() == Endian::little) == host_is_little && Glance(btf).passes()) return {};
  return Validator(btf).run();
}

}  // namespace bpfcheck::btf
