// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See raw_text.h. What a type's listing says is told once (describe); how it is written is a notation's affair: Raw or
// Json (dump_btf_type: tools/bpf/bpftool/btf.c, 6.18).
#include "btf/raw_text.h"

#include <charconv>

namespace bpfcheck::btf {
namespace {

template <class Int>
void append_number(std::string& out, Int v) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
}

std::string_view shown(std::string_view name) { return name.empty() ? "(anon)" : name; }

/// [1] INT 'int' size=4 ...; members, enumerators, parameters and variables on lines of their own.
class Raw {
 public:
  explicit Raw(std::string& out) : out_(out) {}
  void open() {}
  void close() {}

  void begin(u32 id, Kind kind, std::string_view name) {
    out_ += '[';
    append_number(out_, id);
    out_.append("] ").append(kind_name(kind)).append(" '").append(shown(name)) += '\'';
  }
  void end() { out_ += '\n'; }
  template <class Int>
  void number(std::string_view key, Int v) {
    field(key);
    append_number(out_, v);
  }
  void word(std::string_view key, std::string_view v) {
    field(key);
    out_ += v;
  }
  void list(std::string_view) {}
  void end_list() {}
  void item(std::string_view name) { out_.append("\n\t'").append(shown(name)) += '\''; }
  void nameless_item() {
    out_ += "\n\t";
    first_ = true;
  }
  void end_item() {}
  void value(s64 v, bool is_signed, bool wide) {
    is_signed ? number("val", v) : number("val", static_cast<u64>(v));
    if (wide) out_ += is_signed ? "LL" : "ULL";
  }
  void var_of_section(Type t) {
    out_.append(" (").append(kind_name(t.kind())).append(" '").append(shown(t.name())).append("')");
  }
  void comma() { out_ += ','; }

 private:
  void field(std::string_view key) {
    if (!first_) out_ += ' ';
    first_ = false;
    out_.append(key) += '=';
  }
  std::string& out_;
  bool first_ = false;
};

/// {"types":[{"id":1,"kind":"INT","name":"int","size":4, ...
class Json {
 public:
  explicit Json(std::string& out) : out_(out) {}
  void open() {
    out_ += "{\"types\":[";
    first_ = true;
  }
  void close() { out_ += "]}\n"; }

  void begin(u32 id, Kind kind, std::string_view name) {
    separate();
    out_ += '{';
    first_ = true;
    number("id", id);
    word("kind", kind_name(kind));
    word("name", shown(name));
  }
  void end() {
    out_ += '}';
    first_ = false;
  }
  template <class Int>
  void number(std::string_view key, Int v) {
    field(key);
    append_number(out_, v);
  }
  void word(std::string_view key, std::string_view v) {
    field(key);
    quote(v);
  }
  void list(std::string_view key) {
    field(key);
    out_ += '[';
    first_ = true;
  }
  void end_list() {
    out_ += ']';
    first_ = false;
  }
  void item(std::string_view name) {
    nameless_item();
    word("name", shown(name));
  }
  void nameless_item() {
    separate();
    out_ += '{';
    first_ = true;
  }
  void end_item() { end(); }
  void value(s64 v, bool is_signed, bool) { is_signed ? number("val", v) : number("val", static_cast<u64>(v)); }
  void var_of_section(Type) {}
  void comma() {}

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  void field(std::string_view key) {
    separate();
    out_.append("\"").append(key).append("\":");
  }
  void quote(std::string_view s) {
    out_ += '"';
    for (char c : s) {
      if (c == '"' || c == '\\') out_ += '\\';
      if (static_cast<unsigned char>(c) >= 0x20) {
        out_ += c;
        continue;
      }
      constexpr std::string_view hex = "0123456789abcdef";
      out_.append("\\u00") += hex[static_cast<size_t>(c) >> 4];
      out_ += hex[static_cast<size_t>(c) & 15];
    }
    out_ += '"';
  }
  std::string& out_;
  bool first_ = true;
};

std::string_view encoding_name(u8 encoding) {
  switch (encoding) {
    case 0:
      return "(none)";
    case int_signed:
      return "SIGNED";
    case int_char:
      return "CHAR";
    case int_bool:
      return "BOOL";
    default:
      return "UNKN";
  }
}

std::string_view linkage_name(Linkage l) {
  switch (l) {
    case Linkage::Static:
      return "static";
    case Linkage::Global:
      return "global";
    case Linkage::Extern:
      return "extern";
    default:
      return "(unknown)";
  }
}

template <class Notation>
void describe_members(Notation& w, const Type& t) {
  w.number("size", t.size());
  w.number("vlen", t.vlen());
  w.list("members");
  for (u32 i = 0; i < t.vlen(); i++) {
    const Member m = t.member(i);
    w.item(m.name);
    w.number("type_id", m.type);
    w.number("bits_offset", m.bit_offset);
    if (m.bitfield_size) w.number("bitfield_size", m.bitfield_size);
    w.end_item();
  }
  w.end_list();
}

template <class Notation>
void describe_enumerators(Notation& w, const Type& t) {
  w.word("encoding", t.enum_is_signed() ? "SIGNED" : "UNSIGNED");
  w.number("size", t.size());
  w.number("vlen", t.vlen());
  w.list("values");
  for (u32 i = 0; i < t.vlen(); i++) {
    const Enumerator e = t.enumerator(i);
    w.item(e.name);
    w.value(e.value, t.enum_is_signed(), t.is(Kind::Enum64));
    w.end_item();
  }
  w.end_list();
}

template <class Notation>
void describe_params(Notation& w, const Type& t) {
  w.number("ret_type_id", t.type());
  w.number("vlen", t.vlen());
  w.list("params");
  for (u32 i = 0; i < t.vlen(); i++) {
    const Param p = t.param(i);
    w.item(p.name);
    w.number("type_id", p.type);
    w.end_item();
  }
  w.end_list();
}

template <class Notation>
void describe_section(Notation& w, const Btf& btf, const Type& t) {
  w.number("size", t.size());
  w.number("vlen", t.vlen());
  w.list("vars");
  for (u32 i = 0; i < t.vlen(); i++) {
    const SecVar v = t.sec_var(i);
    w.nameless_item();
    w.number("type_id", v.type);
    w.number("offset", v.offset);
    w.number("size", v.size);
    if (btf.has(v.type)) w.var_of_section(btf.type(v.type));
    w.end_item();
  }
  w.end_list();
}

template <class Notation>
void describe(Notation& w, const Btf& btf, const Type& t) {
  w.begin(t.id(), t.kind(), t.name());
  switch (t.kind()) {
    case Kind::Int:
      w.number("size", t.size());
      w.number("bits_offset", u32{t.int_offset()});
      w.number("nr_bits", u32{t.int_bits()});
      w.word("encoding", encoding_name(t.int_encoding()));
      break;
    case Kind::Ptr:
    case Kind::Const:
    case Kind::Volatile:
    case Kind::Restrict:
    case Kind::Typedef:
    case Kind::TypeTag:
      w.number("type_id", t.type());
      break;
    case Kind::Array: {
      const ArrayInfo a = t.array();
      w.number("type_id", a.elem_type);
      w.number("index_type_id", a.index_type);
      w.number("nr_elems", a.nelems);
      break;
    }
    case Kind::Struct:
    case Kind::Union:
      describe_members(w, t);
      break;
    case Kind::Enum:
    case Kind::Enum64:
      describe_enumerators(w, t);
      break;
    case Kind::Fwd:
      w.word("fwd_kind", t.kind_flag() ? "union" : "struct");
      break;
    case Kind::Func:
      w.number("type_id", t.type());
      w.word("linkage", linkage_name(t.linkage()));
      break;
    case Kind::FuncProto:
      describe_params(w, t);
      break;
    case Kind::Var:
      w.number("type_id", t.type());
      w.comma();
      w.word("linkage", linkage_name(t.linkage()));
      break;
    case Kind::DataSec:
      describe_section(w, btf, t);
      break;
    case Kind::Float:
      w.number("size", t.size());
      break;
    case Kind::DeclTag:
      w.number("type_id", t.type());
      w.number("component_idx", t.component_idx());
      break;
    case Kind::Void:
      break;
  }
  w.end();
}

template <class Notation>
std::string listing(const Btf& btf) {
  std::string out;
  out.reserve(3 * btf.raw().bytes.size());  // about what either notation takes
  Notation w(out);
  w.open();
  for (u32 id = btf.first_id(); id < btf.type_count(); id++) describe(w, btf, btf.type(id));
  w.close();
  return out;
}

}  // namespace

std::string raw_text(const Btf& btf) { return listing<Raw>(btf); }
std::string json_text(const Btf& btf) { return listing<Json>(btf); }

}  // namespace bpfcheck::btf
