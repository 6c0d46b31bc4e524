// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See spec.h (bpf_core_parse_spec, bpf_core_format_spec: libbpf 1.7 relo_core.c).
#include "core_reloc/spec.h"

#include <fmt/format.h>

#include <charconv>

namespace bpfcheck::core_reloc {

bool is_field_based(Kind k) { return k <= Kind::FieldRshiftU64; }
bool is_type_based(Kind k) { return (k >= Kind::TypeIdLocal && k <= Kind::TypeSize) || k == Kind::TypeMatches; }
bool is_enumval_based(Kind k) { return k == Kind::EnumvalExists || k == Kind::EnumvalValue; }

std::string_view kind_text(Kind k) {
  static constexpr std::string_view names[] = {"byte_off",    "byte_sz",    "field_exists",   "signed",
                                               "lshift_u64",  "rshift_u64", "local_type_id",  "target_type_id",
                                               "type_exists", "type_size",  "enumval_exists", "enumval_value",
                                               "type_matches"};
  auto i = static_cast<size_t>(k);
  return i < std::size(names) ? names[i] : "unknown";
}

bool is_flexible_array(const btf::Btf& btf, const Accessor& last, const btf::ArrayInfo& array) {
  if (last.name.empty() || array.nelems > 0) return false;  // not reached through a named field, or of known length
  return last.index == btf.type(last.type_id).vlen() - 1;
}

Result<Spec> parse_spec(const btf::Btf& btf, u32 type_id, std::string_view access, Kind kind) {
  auto bad = [&](std::string_view what) {
    return fail("CO-RE access '" + std::string(access) + "'", std::string(what), EINVAL);
  };
  if (access.empty() || access == ":") return bad("is empty");
  Spec spec;
  spec.btf = &btf;
  spec.root_type_id = type_id;
  spec.kind = kind;
  if (is_type_based(kind)) {
    if (access != "0") return bad("is not \"0\"");
    return spec;
  }
  for (const char *p = access.data(), *end = p + access.size(); p < end;) {
    if (*p == ':') ++p;
    u32 step = 0;
    auto [next, ec] = std::from_chars(p, end, step);
    if (ec != std::errc() || (next < end && *next != ':')) return bad("is malformed");
    if (spec.raw.size() == max_spec_len) return fail("CO-RE access", "has too many steps", E2BIG);
    p = next;
    spec.raw.push_back(step);
  }
  if (spec.raw.empty()) return bad("is empty");
  u32 id = btf.skip_mods_and_typedefs(type_id);
  if (!btf.has(type_id)) return bad("of a type that does not exist");
  btf::Type t = btf.type(id);
  u32 index = spec.raw[0];
  if (is_enumval_based(kind)) {
    if (!t.is_any_enum() || spec.raw.size() > 1 || index >= t.vlen()) return bad("does not fit an enumeration");
    spec.accessors.push_back({id, index, t.enumerator(index).name});
    return spec;
  }
  if (!is_field_based(kind)) return bad("of an unknown kind");
  auto size = btf.size_of(id);
  if (!size) return bad("of a type without a size");
  spec.accessors.push_back({id, index, {}});
  u64 bits = u64{index} * *size * 8;  // libbpf counts in 32 bits, and does not mind
  for (size_t i = 1; i < spec.raw.size(); i++) {
    t = btf.type(id = btf.skip_mods_and_typedefs(id));
    index = spec.raw[i];
    if (t.is_composite()) {
      if (index >= t.vlen()) return bad("names a member that does not exist");
      btf::Member m = t.member(index);
      bits += m.bit_offset;
      if (!m.name.empty()) spec.accessors.push_back({id, index, m.name});
      id = m.type;
    } else if (t.is(btf::Kind::Array)) {
      btf::ArrayInfo a = t.array();
      bool flexible = is_flexible_array(btf, spec.accessors.back(), a);
      id = btf.skip_mods_and_typedefs(a.elem_type);
      if (!flexible && index >= a.nelems) return bad("indexes past an array's end");
      spec.accessors.push_back({id, index, {}});
      auto elem = btf.size_of(id);
      if (!elem) return bad("of an element without a size");
      bits += u64{index} * *elem * 8;
    } else {
      return bad("steps into what is neither a struct nor an array");
    }
  }
  spec.bit_offset = static_cast<u32>(bits);
  return spec;
}

std::string_view kind_word(btf::Type t) {
  switch (t.kind()) {
    case btf::Kind::Typedef:
      return "typedef";
    case btf::Kind::Struct:
      return "struct";
    case btf::Kind::Union:
      return "union";
    case btf::Kind::Enum:
      return "enum";
    case btf::Kind::Enum64:
      return "enum64";
    case btf::Kind::Int:
      return "int";
    case btf::Kind::Float:
      return "float";
    case btf::Kind::Fwd:
      return t.kind_flag() ? "fwd_union" : "fwd_struct";
    case btf::Kind::Ptr:
      return "ptr";
    case btf::Kind::Func:
      return "func";
    case btf::Kind::FuncProto:
      return "func_proto";
    case btf::Kind::Array:
      return "array";
    case btf::Kind::Const:
      return "const";
    case btf::Kind::Volatile:
      return "volatile";
    case btf::Kind::Restrict:
      return "restrict";
    case btf::Kind::Var:
      return "var";
    case btf::Kind::DataSec:
      return "datasec";
    case btf::Kind::DeclTag:
      return "decl_tag";
    case btf::Kind::TypeTag:
      return "type_tag";
    default:
      return "void";
  }
}

std::string spec_text(const Spec& s) {
  btf::Type root = s.btf->type(s.root_type_id);
  std::string out = fmt::format("<{}> [{}] {} {}", kind_text(s.kind), s.root_type_id, kind_word(root),
                                root.name().empty() ? "<anon>" : root.name());
  if (is_type_based(s.kind)) return out;
  if (is_enumval_based(s.kind)) {
    u32 id = s.btf->skip_mods_and_typedefs(s.root_type_id);
    btf::Enumerator e = s.btf->type(id).enumerator(s.raw[0]);
    return out + fmt::format("::{} = {}", e.name, e.value);
  }
  for (const Accessor& a : s.accessors) {
    if (!a.name.empty())
      out += fmt::format(".{}", a.name);
    else if (&a != &s.accessors[0] || a.index > 0)
      out += fmt::format("[{}]", a.index);
  }
  out += " (";
  for (size_t i = 0; i < s.raw.size(); i++) out += (i ? ":" : "") + std::to_string(s.raw[i]);
  out += s.bit_offset % 8 ? fmt::format(" @ offset {}.{})", s.bit_offset / 8, s.bit_offset % 8)
                          : fmt::format(" @ offset {})", s.bit_offset / 8);
  return out;
}

}  // namespace bpfcheck::core_reloc
