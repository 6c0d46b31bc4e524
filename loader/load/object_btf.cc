// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See object_btf.h.
#include "loader/load/object_btf.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "loader/load/btf_edit.h"
#include "loader/syscall/btf_load.h"

namespace bpfcheck::loader {
namespace {

using btf::Kind;
using btf::Type;

constexpr u32 var_linkage = 3;       // word of a VAR
constexpr u32 global_allocated = 1;  // VAR linkage

u32 int_of_32_bits(const btf::Btf& btf) {
  for (u32 id = 1; id < btf.type_count(); id++)
    if (const Type t = btf.type(id); t.is(Kind::Int) && t.int_bits() == 32) return id;
  return 0;
}

/// Words of the i-th entry of a DATASEC: type, offset, size.
u32 entry(u32 i) { return 3 + 3 * i; }

/// Kernel symbols become variables of four bytes; a function is stood for by one that the data section gets in its
/// place.
void settle_ksyms(BtfEdit& edit, const btf::Btf& btf, const Type& sec) {
  const u32 int_id = int_of_32_bits(btf);
  u32 stand_in = 0, stand_in_name = 0;
  for (u32 i = 0; i < sec.vlen(); i++) {
    const u32 id = sec.sec_var(i).type;
    const Type t = btf.type(id);
    if (t.is(Kind::Func)) {
      if (!stand_in) {
        stand_in_name = edit.add_string("dummy_ksym");
        stand_in = edit.add_type({stand_in_name, static_cast<u32>(Kind::Var) << 24, int_id, global_allocated});
      }
      // The kernel wants every parameter of a function named.
      const Type proto = btf.type(t.type());
      for (u32 p = 0; p < proto.vlen(); p++)
        if (edit.word(proto.id(), 4 + 2 * p) && !edit.word(proto.id(), 3 + 2 * p))
          edit.set_word(proto.id(), 3 + 2 * p, stand_in_name);
      edit.set_info(id, Kind::Func, static_cast<u32>(btf::Linkage::Global));
      edit.set_word(sec.id(), entry(i), stand_in);
    } else {
      edit.set_word(id, var_linkage, global_allocated);
      edit.set_word(id, 2, int_id);
    }
    edit.set_word(sec.id(), entry(i) + 1, 4 * i);
    edit.set_word(sec.id(), entry(i) + 2, 4);
  }
  edit.set_word(sec.id(), 2, 4 * sec.vlen());
}

Result<void> settle_kconfig(BtfEdit& edit, const Object& obj, const Type& sec) {
  std::vector<btf::SecVar> vars;
  u32 end = 0;
  for (const Extern& e : obj.externs)
    if (e.kind == Extern::Kind::Kconfig) end = std::max(end, e.data_off + e.size);
  for (u32 i = 0; i < sec.vlen(); i++) {
    btf::SecVar v = sec.sec_var(i);
    auto e = std::ranges::find(obj.externs, v.type, &Extern::btf_id);
    if (e == obj.externs.end())
      return fail(obj.path, fmt::format("no extern for BTF var '{}'", obj.btf->type(v.type).name()), ESRCH);
    edit.set_word(v.type, var_linkage, global_allocated);
    vars.push_back({v.type, e->data_off, v.size});
  }
  std::ranges::stable_sort(vars, {}, &btf::SecVar::offset);
  for (u32 i = 0; i < vars.size(); i++) {
    edit.set_word(sec.id(), entry(i), vars[i].type);
    edit.set_word(sec.id(), entry(i) + 1, vars[i].offset);
    edit.set_word(sec.id(), entry(i) + 2, vars[i].size);
  }
  edit.set_word(sec.id(), 2, end);
  return {};
}

/// A global function of hidden visibility is verified as a static one.
void settle_hidden(BtfEdit& edit, const Object& obj) {
  for (const ObjectProgram& p : obj.programs) {
    if (!p.hidden || p.entry) continue;
    for (u32 id : obj.btf->find_all(p.name))
      if (const Type t = obj.btf->type(id); t.is(Kind::Func) && t.linkage() == btf::Linkage::Global) {
        edit.set_info(id, Kind::Func, static_cast<u32>(btf::Linkage::Static));
        break;
      }
  }
}

void data_section_to_struct(BtfEdit& edit, const Type& t) {
  for (char* c = edit.name(t.id()); *c; c++)
    if (*c == '.' || *c == '?') *c = '_';
  edit.set_info(t.id(), Kind::Struct, t.vlen());
  for (u32 i = 0; i < t.vlen(); i++) {
    const btf::SecVar v = t.sec_var(i);
    edit.set_word(t.id(), entry(i), edit.word(v.type, 0));
    edit.set_word(t.id(), entry(i) + 1, v.type);
    edit.set_word(t.id(), entry(i) + 2, v.offset * 8);
  }
}

void to_byte(BtfEdit& edit, u32 id) {
  edit.set_info(id, Kind::Int, 0);
  edit.set_word(id, 2, 1);
  edit.set_word(id, 3, 8);
}

}  // namespace

Result<std::vector<u8>> btf_for_kernel(const Object& obj) {
  BtfEdit edit(*obj.btf);
  if (!obj.externs.empty()) {
    if (auto id = obj.btf->find(".ksyms", Kind::DataSec)) settle_ksyms(edit, *obj.btf, obj.btf->type(*id));
    if (auto id = obj.btf->find(".kconfig", Kind::DataSec)) BPFCHECK_TRY(settle_kconfig(edit, obj, obj.btf->type(*id)));
  }
  settle_hidden(edit, obj);
  return edit.raw();
}

std::vector<u8> sanitize_btf(std::vector<u8> raw, const BtfSupport& kernel) {
  if (kernel == BtfSupport{}) return raw;
  auto parsed = btf::Btf::parse(Blob::own(std::vector<u8>(raw)), {.validate = false});
  if (!parsed) return raw;
  const btf::Btf& btf = **parsed;
  BtfEdit edit(btf);
  u32 placeholder = 0;
  for (u32 id = 1; id < btf.type_count(); id++) {
    const Type t = btf.type(id);
    switch (t.kind()) {
      case Kind::Var:
        if (!kernel.datasec) to_byte(edit, id);
        break;
      case Kind::DeclTag:
        if (!kernel.decl_tag) to_byte(edit, id);
        break;
      case Kind::DataSec:
        if (!kernel.datasec)
          data_section_to_struct(edit, t);
        else if (!kernel.qmark_datasec && t.name().starts_with('?'))
          edit.name(id)[0] = '_';
        break;
      case Kind::FuncProto:
        if (kernel.func) break;
        edit.set_info(id, Kind::Enum, t.vlen());
        edit.set_word(id, 2, 4);
        break;
      case Kind::Func:
        if (!kernel.func)
          edit.set_info(id, Kind::Typedef, 0);
        else if (!kernel.func_global)
          edit.set_info(id, Kind::Func, 0);
        break;
      case Kind::Float:
        if (kernel.float_kind) break;
        edit.set_word(id, 0, 0);
        edit.set_info(id, Kind::Struct, 0);
        break;
      case Kind::TypeTag:
        if (kernel.type_tag) break;
        edit.set_word(id, 0, 0);
        edit.set_info(id, Kind::Const, 0);
        break;
      case Kind::Enum:
        if (!kernel.enum64) edit.set_info(id, Kind::Enum, t.vlen());
        break;
      case Kind::Enum64:
        if (kernel.enum64) break;
        if (!placeholder)
          placeholder = edit.add_type({edit.add_string("enum64_placeholder"), static_cast<u32>(Kind::Int) << 24, 1, 8});
        edit.set_info(id, Kind::Union, t.vlen());
        for (u32 i = 0; i < t.vlen(); i++) {
          edit.set_word(id, entry(i) + 1, placeholder);
          edit.set_word(id, entry(i) + 2, 0);
        }
        break;
      default:
        break;
    }
  }
  return edit.raw();
}

BtfSupport probe_btf_support() {
  constexpr u32 INT = 1u << 24, ENUM64 = 19u << 24, FUNC = 12u << 24, FUNC_PROTO = 13u << 24, VAR = 14u << 24,
                DATASEC = 15u << 24, FLOAT = 16u << 24, DECL_TAG = 17u << 24, TYPE_TAG = 18u << 24, PTR = 2u << 24;
  constexpr u32 signed32 = 0x01000020;
  auto taken = [](std::string_view strings, std::initializer_list<u32> types) {
    std::vector<u8> raw(24 + 4 * types.size() + strings.size());
    const auto len = static_cast<u32>(4 * types.size());
    const u32 header[] = {0x0001eb9f, 24, 0, len, len, static_cast<u32>(strings.size())};
    std::memcpy(raw.data(), header, sizeof header);
    std::memcpy(raw.data() + 24, std::data(types), len);
    std::memcpy(raw.data() + 24 + len, strings.data(), strings.size());
    return static_cast<bool>(sys::btf_load(raw).fd);
  };
  using namespace std::string_view_literals;
  const auto data = "\0x\0.data\0"sv, qmark = "\0x\0?.data\0"sv, function = "\0int\0x\0a\0"sv;
  BtfSupport s;
  // [1] int, [2] void (*)(int a), [3] x: as static and as global function
  s.func = taken(function, {1, INT, 4, signed32, 0, FUNC_PROTO | 1, 0, 7, 1, 5, FUNC, 2});
  s.func_global = taken(function, {1, INT, 4, signed32, 0, FUNC_PROTO | 1, 0, 7, 1, 5, FUNC | 1, 2});
  s.datasec = taken(data, {0, INT, 4, signed32, 1, VAR, 1, 0, 3, DATASEC | 1, 4, 2, 0, 4});
  s.qmark_datasec = taken(qmark, {0, INT, 4, signed32, 1, VAR, 1, 0, 3, DATASEC | 1, 4, 2, 0, 4});
  s.float_kind = taken("\0float\0"sv, {1, FLOAT, 4});
  s.decl_tag = taken("\0x\0tag\0"sv, {0, INT, 4, signed32, 1, VAR, 1, 0, 3, DECL_TAG, 2, ~0u});
  s.type_tag = taken("\0tag\0"sv, {0, INT, 4, signed32, 1, TYPE_TAG, 1, 0, PTR, 2});
  s.enum64 = taken("\0e64\0val\0"sv, {1, ENUM64 | 1, 8, 5, 0, 0});
  return s;
}

}  // namespace bpfcheck::loader
