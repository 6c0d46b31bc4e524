// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kernel_check.h.
#include "btf/kernel_check.h"

#include <fmt/format.h>

#include <cctype>

namespace bpfcheck::btf {
namespace {

constexpr size_t KSYM_NAME_LEN = 512;
constexpr u32 MAX_RESOLVE_DEPTH = 32;

bool is_kernel_identifier(std::string_view s) {
  if (s.empty() || s.size() >= KSYM_NAME_LEN || std::isdigit(static_cast<unsigned char>(s[0]))) return false;
  for (char c : s)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.') return false;
  return true;
}

bool is_section_name(std::string_view s) {
  if (s.empty() || s.size() >= KSYM_NAME_LEN) return false;
  for (char c : s)
    if (!std::isprint(static_cast<unsigned char>(c))) return false;
  return true;
}

bool optional_identifier(std::string_view s) { return s.empty() || is_kernel_identifier(s); }

class Check {
 public:
  explicit Check(const Btf& btf) : btf_(btf), resolved_(btf.type_count()) {}

  Result<void> run() {
    for (u32 id = btf_.first_id(); id < btf_.type_count(); id++)
      if (auto ok = judge(id, meta(btf_.type(id))); !ok) return ok;
    for (u32 id = btf_.first_id(); id < btf_.type_count(); id++)
      if (auto ok = judge(id, relations(btf_.type(id))); !ok) return ok;
    return {};
  }

 private:
  Result<void> judge(u32 id, std::string why) const {
    if (why.empty()) return {};
    const Type t = btf_.type(id);
    return fail(btf_.origin(),
                fmt::format("[{}] {} {} {}", id, kind_name(t.kind()), t.name().empty() ? "(anon)" : t.name(), why),
                EINVAL);
  }

  /// What a type says of itself.
  std::string meta(const Type& t) const {
    switch (t.kind()) {
      case Kind::Typedef:
      case Kind::Fwd:
      case Kind::Func:
      case Kind::Var:
        return is_kernel_identifier(t.name()) ? "" : "Invalid name";
      case Kind::Ptr:
      case Kind::Const:
      case Kind::Volatile:
      case Kind::Restrict:
      case Kind::Array:
      case Kind::FuncProto:
        return t.name().empty() ? "" : "Invalid name";
      case Kind::Struct:
      case Kind::Union:
        return members(t);
      case Kind::Enum:
      case Kind::Enum64:
        return enumerators(t);
      case Kind::DataSec:
        return is_section_name(t.name()) ? "" : "Invalid name";
      case Kind::DeclTag:
        return t.name().empty() ? "Invalid value" : t.component_idx() < -1 ? "Invalid component_idx" : "";
      case Kind::TypeTag:
        return t.name().empty() ? "Invalid name" : "";
      default:
        return "";
    }
  }

  static std::string members(const Type& t) {
    if (!optional_identifier(t.name())) return "Invalid name";
    u32 last = 0;
    for (u32 i = 0; i < t.member_count(); i++) {
      const Member m = t.member(i);
      if (!optional_identifier(m.name)) return "Invalid name";
      if (!m.type) return "Invalid type_id";
      if ((t.is(Kind::Union) && m.bit_offset) || m.bit_offset < last) return "Invalid member bits_offset";
      if ((u64{m.bit_offset} + 7) / 8 > t.size()) return "Member bits_offset exceeds its struct size";
      last = m.bit_offset;
    }
    return "";
  }

  static std::string enumerators(const Type& t) {
    if (t.size() > 8 || !t.size() || (t.size() & (t.size() - 1))) return "Unexpected size";
    if (!optional_identifier(t.name())) return "Invalid name";
    for (u32 i = 0; i < t.vlen(); i++)
      if (!is_kernel_identifier(t.enumerator(i).name)) return "Invalid name";
    return "";
  }

  /// What a type says of others.
  std::string relations(const Type& t) {
    switch (t.kind()) {
      case Kind::FuncProto:
        return prototype(t);
      case Kind::Func:
        return t.linkage() == Linkage::Extern ? "" : named_parameters(btf_.type(t.type()));
      case Kind::DeclTag:
        return tag_target(t);
      case Kind::Var:
        return t.linkage() == Linkage::Extern || btf_.size_of(t.type()) ? "" : "Invalid type_id";
      case Kind::Struct:
      case Kind::Union:
      case Kind::Array:
        return nesting(t.id(), 1);
      default:
        return "";
    }
  }

  bool has_size_or_is_void(u32 id) const { return !id || btf_.size_of(id).has_value(); }

  std::string prototype(const Type& t) const {
    if (!has_size_or_is_void(t.type())) return "Invalid return type";
    for (u32 i = 0; i < t.vlen(); i++) {
      const Param p = t.param(i);
      const bool variadic = !p.type && p.name.empty() && i + 1 == t.vlen();
      if (!variadic && (!p.type || !btf_.size_of(p.type) || !optional_identifier(p.name)))
        return fmt::format("Invalid arg#{}", i + 1);
    }
    return "";
  }

  static std::string named_parameters(const Type& proto) {
    for (u32 i = 0; i < proto.vlen(); i++)
      if (proto.param(i).type && proto.param(i).name.empty()) return fmt::format("Invalid arg#{}", i + 1);
    return "";
  }

  std::string tag_target(const Type& t) const {
    const Type on = btf_.type(t.type());
    const bool plain = on.is(Kind::Var) || on.is(Kind::Typedef);
    if (!plain && !on.is_composite() && !on.is(Kind::Func)) return "Invalid type_id";
    if (t.component_idx() == -1) return "";
    const u32 parts = plain ? 0 : on.is(Kind::Func) ? btf_.type(on.type()).vlen() : on.vlen();
    return static_cast<u32>(t.component_idx()) < parts ? "" : "Invalid component_idx";
  }

  /// Structures and arrays within each other: without end, or deeper than the kernel follows; pointers end a path.
  std::string nesting(u32 id, u32 depth) {
    const Type t = btf_.type(id);
    if (resolved_[id] || !btf_.has(id)) return "";
    if (depth > MAX_RESOLVE_DEPTH) return fmt::format("Exceeded max resolving depth:{}", MAX_RESOLVE_DEPTH);
    if (t.is(Kind::Array)) {
      if (std::string why = part(t.array().elem_type, depth, "Invalid elem"); !why.empty()) return why;
    } else if (t.is_composite()) {
      for (u32 i = 0; i < t.member_count(); i++)
        if (std::string why = part(t.member(i).type, depth, "Invalid member"); !why.empty()) return why;
    } else if (t.is_modifier() || t.is(Kind::Typedef)) {
      if (std::string why = nesting(t.type(), depth + 1); !why.empty()) return why;
    }
    resolved_[id] = true;
    return "";
  }

  std::string part(u32 id, u32 depth, const char* sizeless) {
    const Type t = btf_.type(id);
    if (!id || t.is(Kind::Fwd) || t.is(Kind::FuncProto) || t.is(Kind::Func) || t.is(Kind::Var) || t.is(Kind::DataSec) ||
        t.is(Kind::DeclTag))
      return sizeless;
    return nesting(id, depth + 1);
  }

  const Btf& btf_;
  std::vector<bool> resolved_;
};

}  // namespace

Result<void> kernel_check(const Btf& btf) { return Check(btf).run(); }

}  // namespace bpfcheck::btf
