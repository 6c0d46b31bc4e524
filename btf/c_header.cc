// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See c_header.h. Here is the order: C wants a type complete where its size counts (members, elements) and at least
// declared where it stands behind a pointer or in a prototype. Typedefs and enums cannot be declared ahead (btf_dump:
// libbpf 1.7, tools/lib/bpf/btf_dump.c; bpftool's frame round it: tools/bpf/bpftool/btf.c).
#include "btf/c_header.h"

#include <fmt/format.h>

#include "btf/c_decl.h"

namespace bpfcheck::btf {
namespace {

constexpr int deepest_need = 400;  ///< of types that need each other

constexpr std::string_view opening = R"(#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif

#ifndef __weak
#define __weak __attribute__((weak))
#endif

)";

constexpr std::string_view closing = R"(#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
)";

class Header {
 public:
  explicit Header(const Btf& btf) : btf_(btf), decl_(btf), state_(btf.type_count()) {
    out_.reserve(btf.raw().bytes.size());
  }

  Result<std::string> write() {
    out_ += opening;
    for (u32 id = btf_.first_id(); id < btf_.type_count() && !failed(); id++) write_type(btf_.type(id));
    write_lone_enums();
    write_kfuncs();
    out_ += closing;
    if (failed()) return fail(btf_.origin(), "its types lie too deep in each other to be written as C", EINVAL);
    return std::move(out_);
  }

 private:
  enum Need : u8 { declared = 1, complete = 2 };  ///< bits of a type's state: what has been seen to
  enum Done : u8 { defined = 4, forwarded = 8, written = 16 };

  bool failed() const { return failed_ || decl_.failed(); }

  void write_type(const Type& t) {
    switch (t.kind()) {
      case Kind::Struct:
      case Kind::Union:
      case Kind::Enum:
      case Kind::Enum64:
        if (!t.name().empty()) require(t.id(), complete);
        break;
      case Kind::Typedef:
      case Kind::Fwd:
        require(t.id(), declared);
        break;
      default:
        break;
    }
    if (t.is_any_enum() && t.name().empty()) lone_enums_.push_back(t.id());
  }

  /// Writes what must stand before a use of this type.
  void require(u32 id, Need need) {
    Type t = btf_.type(id);
    if (!t.id() || (state_[id] & need)) return;
    state_[id] |= need;
    if (++depth_ > deepest_need) failed_ = true;
    if (!failed()) require_parts(t, need);
    depth_--;
  }

  void require_parts(const Type& t, Need need) {
    switch (t.kind()) {
      case Kind::Const:
      case Kind::Volatile:
      case Kind::Restrict:
      case Kind::TypeTag:
        require(t.type(), need);
        break;
      case Kind::Ptr:
        require(t.type(), declared);
        break;
      case Kind::Array:
        require(t.array().elem_type, complete);
        break;
      case Kind::FuncProto:
        require(t.type(), declared);
        for (u32 i = 0; i < t.vlen(); i++) require(t.param(i).type, declared);
        break;
      case Kind::Typedef:
        define_typedef(t);
        if (need == complete) require(t.type(), complete);
        break;
      case Kind::Struct:
      case Kind::Union:
        if (t.name().empty())
          require_members(t);
        else if (need == complete)
          define_composite(t);
        else
          forward(t);
        break;
      case Kind::Enum:
      case Kind::Enum64:
        if (t.name().empty())
          mark_used(t);
        else if (is_forward(t))
          forward(t);
        else
          define_enum(t);
        break;
      case Kind::Fwd:
        forward(t);
        break;
      case Kind::Int:
      case Kind::Float:
        if (!is_c_base_type(t.name())) define_base(t);
        break;
      default:
        break;
    }
  }

  void require_members(const Type& t) {
    for (u32 i = 0; i < t.vlen() && !failed(); i++) {
      const Member m = t.member(i);
      if (const Type inner = btf_.type(btf_.skip_mods(m.type)); m.name.empty() && inner.is_composite())
        require_members_once(inner);
      else
        require(m.type, complete);
    }
  }
  /// Of a type whose members are written in place of it.
  void require_members_once(const Type& t) {
    if (t.name().empty()) return require(t.id(), complete);
    if (++depth_ > deepest_need) failed_ = true;
    if (!failed()) require_members(t);
    depth_--;
  }

  bool first(const Type& t, Done what) {
    if (state_[t.id()] & what) return false;
    state_[t.id()] |= what;
    return true;
  }

  void forward(const Type& t) {
    if (t.name().empty() || state_[t.id()] & written || !first(t, forwarded)) return;
    out_.append(tag_keyword(t)).append(" ").append(decl_.names().tag(t)).append(";\n\n");
  }
  void define_composite(const Type& t) {
    if (!first(t, defined)) return;
    require_members(t);
    if (failed()) return;
    decl_.body(out_, t);
    out_ += ";\n\n";
    state_[t.id()] |= written;
  }
  void define_enum(const Type& t) {
    if (!first(t, defined)) return;
    decl_.body(out_, t);
    out_ += ";\n\n";
  }
  void define_typedef(const Type& t) {
    if (!first(t, defined)) return;
    require(t.type(), declared);
    if (failed()) return;
    out_ += "typedef ";
    decl_.declare(out_, t.type(), std::string(decl_.names().type_name(t)));
    decl_.decl_tags(out_, t.id(), -1);
    out_ += ";\n\n";
  }
  /// A base type of another language or machine: by its size.
  void define_base(const Type& t) {
    if (!first(t, defined)) return;
    const bool is_signed = t.is(Kind::Int) && t.int_is_signed();
    std::string_view c = "char";
    switch (t.size()) {
      case 2:
        c = "short";
        break;
      case 4:
        c = "int";
        break;
      case 8:
        c = "long long";
        break;
      case 16:
        c = "__int128";
        break;
      default:
        break;
    }
    fmt::format_to(std::back_inserter(out_), "typedef {} {} {};\n\n", is_signed ? "signed" : "unsigned", c,
                   decl_.names().type_name(t));
  }

  void mark_used(const Type& t) { state_[t.id()] |= defined; }

  /// Anonymous enums that no type holds are there for their values.
  void write_lone_enums() {
    for (u32 id : lone_enums_) {
      const Type t = btf_.type(id);
      if (state_[id] & defined || t.vlen() == 0 || failed()) continue;
      decl_.body(out_, t);
      out_ += ";\n\n";
    }
  }

  void write_kfuncs() {
    std::vector<u32> kfuncs;
    for (u32 id = btf_.first_id(); id < btf_.type_count(); id++)
      if (btf_.type(id).is(Kind::Func) && decl_.has_tag(id, "bpf_kfunc")) kfuncs.push_back(id);
    for (u32 id : kfuncs) require(btf_.type(id).type(), declared);
    if (kfuncs.empty()) return;
    out_ += "#ifndef BPF_NO_KFUNC_PROTOTYPES\n";
    for (u32 id : kfuncs) {
      const Type t = btf_.type(id);
      if (failed()) return;
      out_ += "extern ";
      decl_.prototype(out_, btf_.type(t.type()), decl_.names().claim(t.name()));
      out_ += " __weak __ksym;\n";
    }
    out_ += "#endif\n\n";
  }

  const Btf& btf_;
  CDecl decl_;
  std::string out_;
  std::vector<u8> state_;
  std::vector<u32> lone_enums_;
  int depth_ = 0;
  bool failed_ = false;
};

}  // namespace

Result<std::string> c_header(const Btf& btf) { return Header(btf).write(); }

}  // namespace bpfcheck::btf
