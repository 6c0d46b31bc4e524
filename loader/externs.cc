// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See externs.h.
#include "loader/externs.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>

#include "core_reloc/flavour.h"

namespace bpfcheck::loader {
namespace {

struct Place { u32 btf_id; std::string_view section; };

/// The VAR or FUNC of an extern, and the DATASEC that lists it.
std::optional<Place> find_btf(const btf::Btf& btf, std::string_view name) {
  for (u32 id : btf.find_all(name)) {
    btf::Type t = btf.type(id);
    if (!(t.is(btf::Kind::Var) || t.is(btf::Kind::Func)) || t.linkage() != btf::Linkage::Extern) continue;
    for (u32 sec = 1; sec < btf.type_count(); sec++) {
      btf::Type s = btf.type(sec);
      if (!s.is(btf::Kind::DataSec)) continue;
      for (u32 i = 0; i < s.vlen(); i++)
        if (s.sec_var(i).type == id) return Place{id, s.name()};
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<Extern>> collect_externs(const ElfFile& elf, const Object& obj, std::map<u32, s32>& by_symbol) {
  std::vector<std::pair<Extern, u32>> found;
  for (u32 i = 0; i < elf.symbols.size(); i++) {
    const ElfSymbol& sym = elf.symbols[i];
    if (sym.section != SHN_UNDEF || (sym.bind != STB_GLOBAL && sym.bind != STB_WEAK) || sym.type != STT_NOTYPE || sym.name.empty()) continue;
    auto bad = [&](std::string_view what, int errnum) { return fail(obj.path, fmt::format("extern '{}': {}", sym.name, what), errnum); };
    if (!obj.btf) return bad("no BTF describes it", ESRCH);
    auto place = find_btf(*obj.btf, sym.name);
    if (!place) return bad("no BTF describes it", ENOENT);
    btf::Type t = obj.btf->type(place->btf_id);
    Extern e;
    e.name = sym.name;
    e.essent_name = core_reloc::essential_name(sym.name);
    e.btf_id = place->btf_id;
    e.weak = sym.bind == STB_WEAK;
    e.is_func = t.is(btf::Kind::Func);
    if (place->section == ".kconfig") {
      if (e.is_func) return bad("a function in .kconfig", ENOTSUP);
      e.kind = Extern::Kind::Kconfig;
      auto size = obj.btf->size_of(t.type());
      auto align = obj.btf->align_of(t.type());
      if (!size || !align || *size == 0) return bad("its size cannot be told", EINVAL);
      e.size = static_cast<u32>(*size);
      e.align = *align;
    } else if (place->section == ".ksyms") {
      e.kind = Extern::Kind::Ksym;
      e.typeless = !e.is_func && obj.btf->skip_mods_and_typedefs(t.type()) == 0;
    } else {
      return bad(fmt::format("its section '{}' is not known", place->section), ENOTSUP);
    }
    found.emplace_back(std::move(e), i);
  }
  std::ranges::stable_sort(found, [](const auto& x, const auto& y) {
    const Extern &a = x.first, &b = y.first;
    if (a.kind != b.kind) return a.kind < b.kind;
    if (a.kind == Extern::Kind::Kconfig) {
      if (a.align != b.align) return a.align > b.align;
      if (a.size != b.size) return a.size < b.size;
    }
    return a.name < b.name;
  });
  std::vector<Extern> out;
  u32 off = 0;
  for (auto& [e, sym] : found) {
    if (e.kind == Extern::Kind::Kconfig) {
      e.data_off = (off + e.align - 1) / e.align * e.align;
      off = e.data_off + e.size;
    }
    by_symbol[sym] = static_cast<s32>(out.size());
    out.push_back(std::move(e));
  }
  return out;
}

}  // namespace bpfcheck::loader
