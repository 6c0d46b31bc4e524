// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See c_decl.h.
#include "btf/c_decl.h"

#include <fmt/format.h>

namespace bpfcheck::btf {
namespace {

constexpr int deepest_nesting = 200;  ///< anonymous types and prototypes within each other
constexpr int most_steps = 1000;      ///< pointers, arrays and qualifiers of one declaration

auto to(std::string& out) { return std::back_inserter(out); }
void tabs(std::string& out, int n) { out.append(static_cast<size_t>(n), '\t'); }

/// Unnamed bit-fields from one bit to another: padding that leaves no trace in BTF. None crosses a 64-bit unit, which
/// would move it.
void pad(std::string& out, u64 from, u64 upto, int indent, size_t limit) {
  while (from < upto && out.size() <= limit) {
    const u64 n = std::min(upto - from, 64 - from % 64);
    tabs(out, indent);
    fmt::format_to(to(out), "long: {};\n", n);
    from += n;
  }
}

/// What an enum of this size needs where its values alone would give another.
std::string_view enum_mode(const Type& t) {
  bool wide = false;
  for (u32 i = 0; i < t.vlen() && t.is(Kind::Enum64); i++) {
    const s64 v = t.enumerator(i).value;
    wide |= t.enum_is_signed() ? v != static_cast<s32>(v) : static_cast<u64>(v) > UINT32_MAX;
  }
  if (t.size() == (wide ? 8u : 4u)) return "";
  switch (t.size()) {
    case 1:
      return " __attribute__((mode(QI)))";
    case 2:
      return " __attribute__((mode(HI)))";
    case 8:
      return " __attribute__((mode(DI)))";
    default:
      return "";
  }
}

}  // namespace

CDecl::CDecl(const Btf& btf) : btf_(btf), layout_(btf), limit_((size_t{2} << 20) + 64 * btf.raw().bytes.size()) {
  for (u32 id = 1; id < btf.type_count(); id++)
    if (Type t = btf.type(id); t.is(Kind::DeclTag)) tags_[t.type()].push_back(id);
}

bool CDecl::overflow(const std::string& out) { return failed_ = failed_ || out.size() > limit_; }

/// A tag's own attribute where it stands for one (kind flag, Linux 6.14), else btf_decl_tag or btf_type_tag.
std::string_view CDecl::tag_text(std::string& scratch, const Type& tag) const {
  scratch.clear();
  if (tag.kind_flag())
    fmt::format_to(to(scratch), " __attribute__(({}))", tag.name());
  else
    fmt::format_to(to(scratch), " __attribute__((btf_{}_tag(\"{}\")))", tag.is(Kind::DeclTag) ? "decl" : "type",
                   tag.name());
  return scratch;
}

void CDecl::decl_tags(std::string& out, u32 id, s32 component) {
  auto it = tags_.find(id);
  if (it == tags_.end()) return;
  std::string scratch;
  for (u32 tag : it->second)
    if (Type t = btf_.type(tag); t.component_idx() == component) out += tag_text(scratch, t);
}

bool CDecl::has_tag(u32 id, std::string_view name) const {
  auto it = tags_.find(id);
  if (it == tags_.end()) return false;
  for (u32 tag : it->second)
    if (Type t = btf_.type(tag); t.component_idx() == -1 && t.name() == name) return true;
  return false;
}

/// Walks from the outermost pointer, array or function inwards to the base type; `name` grows on both sides meanwhile.
void CDecl::declare(std::string& out, u32 id, std::string name, int indent) {
  if (depth_ >= deepest_nesting || overflow(out)) {
    failed_ = true;
    return;
  }
  depth_++;
  Qualifiers q;
  std::string scratch;
  int steps = 0;
  for (bool at_base = false; !at_base && !failed_;) {
    const Type t = btf_.type(id);
    switch (t.kind()) {
      case Kind::Const:
        q.is_const = true;
        id = t.type();
        break;
      case Kind::Volatile:
        q.is_volatile = true;
        id = t.type();
        break;
      case Kind::Restrict:
        q.is_restrict = true;
        id = t.type();
        break;
      case Kind::TypeTag:
        q.tags.insert(0, tag_text(scratch, t));
        id = t.type();
        break;
      case Kind::Ptr: {
        std::string star = "*";
        if (q.is_const) star += " const ";
        if (q.is_volatile) star += " volatile ";
        if (q.is_restrict) star += " restrict ";
        if (!q.tags.empty()) star.append(q.tags) += ' ';
        name.insert(0, star);
        q = {};
        id = t.type();
        if (Type inner = btf_.type(btf_.skip_mods(id)); inner.is(Kind::Array) || inner.is(Kind::FuncProto)) {
          name.insert(0, "(");
          name += ')';
        }
        break;
      }
      case Kind::Array:  // qualifiers of an array are its elements'
        fmt::format_to(to(name), "[{}]", t.array().nelems);
        id = t.array().elem_type;
        break;
      case Kind::FuncProto:
        params(name, t, false);
        q = {};
        id = t.type();
        break;
      default:
        base(out, t, q, indent);
        at_base = true;
    }
    failed_ = failed_ || ++steps > most_steps;
  }
  if (!name.empty()) {
    if (!out.empty() && out.back() != ' ') out += ' ';
    out += name;
  }
  depth_--;
}

void CDecl::params(std::string& out, const Type& proto, bool named) {
  out += '(';
  for (u32 i = 0; i < proto.vlen(); i++) {
    const Param p = proto.param(i);
    if (i) out += ", ";
    if (p.type == 0 && i + 1 == proto.vlen()) {
      out += "...";
      break;
    }
    std::string param;
    declare(param, p.type, named ? std::string(names_.identifier(p.name)) : "");
    out += param;
  }
  out += proto.vlen() ? ")" : "void)";
}

void CDecl::prototype(std::string& out, const Type& proto, std::string_view name) {
  std::string declarator(name);
  params(declarator, proto, true);
  declare(out, proto.type(), std::move(declarator));
}

void CDecl::base(std::string& out, const Type& t, const Qualifiers& q, int indent) {
  if (q.is_const) out += "const ";
  if (q.is_volatile) out += "volatile ";
  switch (t.kind()) {
    case Kind::Int:
    case Kind::Float:
      out += is_c_base_type(t.name()) ? t.name() : names_.type_name(t);
      break;
    case Kind::Typedef:
      out += names_.type_name(t);
      break;
    case Kind::Fwd:
    case Kind::Struct:
    case Kind::Union:
    case Kind::Enum:
    case Kind::Enum64:
      if (t.name().empty() && !is_forward(t))
        body(out, t, indent);
      else
        out.append(tag_keyword(t)).append(" ").append(names_.tag(t));
      break;
    default:
      out += "void";
  }
  out += q.tags;
}

void CDecl::body(std::string& out, const Type& t, int indent) {
  out.append(tag_keyword(t)) += ' ';
  if (!t.name().empty()) out.append(names_.tag(t)) += ' ';
  if (t.is_any_enum())
    enum_body(out, t, indent);
  else
    composite_body(out, t, indent);
  decl_tags(out, t.id(), -1);
}

void CDecl::enum_body(std::string& out, const Type& t, int indent) {
  out += "{\n";
  for (u32 i = 0; i < t.vlen(); i++) {
    const Enumerator e = t.enumerator(i);
    tabs(out, indent + 1);
    out.append(names_.claim(e.name)) += " = ";
    const bool wide = t.is(Kind::Enum64);
    if (t.enum_is_signed())
      fmt::format_to(to(out), "{}{},\n", e.value, wide ? "LL" : "");
    else
      fmt::format_to(to(out), "{}{},\n", static_cast<u64>(e.value), wide ? "ULL" : "");
  }
  tabs(out, indent);
  out.append("}").append(enum_mode(t));
}

void CDecl::qualifiers(std::string& out, u32 id) const {
  for (Type t = btf_.type(id); t.is_modifier(); t = btf_.type(t.type()))
    out += t.is(Kind::Const) ? "const " : t.is(Kind::Volatile) ? "volatile " : "";
}

void CDecl::composite_body(std::string& out, const Type& t, int indent) {
  const Composite c = layout_.of(t);
  out += "{\n";
  if (c.opaque) {
    tabs(out, indent + 1);
    fmt::format_to(to(out), "unsigned char opaque[{}];\n", t.size());
  } else {
    members(out, t, c, indent + 1);
  }
  tabs(out, indent);
  out += '}';
  if (c.packed) out += " __attribute__((packed))";
  if (c.aligned) fmt::format_to(to(out), " __attribute__((aligned({})))", c.aligned);
}

void CDecl::members(std::string& out, const Type& t, const Composite& c, int indent) {
  const bool is_struct = t.is(Kind::Struct);
  u64 cursor = 0;  // bits
  for (u32 i = 0; i < t.vlen() && !overflow(out); i++) {
    const Member m = t.member(i);
    if (is_struct && layout_.natural_offset(c, m, cursor) != m.bit_offset)
      pad(out, cursor, m.bit_offset, indent, limit_);
    tabs(out, indent);
    const Type plain = btf_.type(btf_.skip_mods(m.type));
    if (m.name.empty() && plain.is_composite()) {
      // Also of a named type (-fms-extensions): its members stand here.
      if (plain.id() != m.type) qualifiers(out, m.type);
      out.append(tag_keyword(plain)) += ' ';
      composite_body(out, plain, indent);
    } else {
      declare(out, m.type, std::string(names_.identifier(m.name)), indent);
    }
    if (m.bitfield_size) fmt::format_to(to(out), ": {}", m.bitfield_size);
    decl_tags(out, t.id(), static_cast<s32>(i));
    out += ";\n";
    cursor = m.bit_offset + (m.bitfield_size ? m.bitfield_size : layout_.bits_of(m.type));
  }
  if (c.filler) pad(out, 0, c.filler, indent, limit_);
  const u64 end = 8 * u64{t.size()};
  if (is_struct && round_up(cursor, 8 * u64{c.align}) != end) pad(out, cursor, end, indent, limit_);
}

}  // namespace bpfcheck::btf
