// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See externs.h.
#include "loader/externs.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>

#include "core_reloc/flavour.h"
#include "core_reloc/spec.h"
#include "loader/kconfig.h"

namespace bpfcheck::loader {
namespace {

struct ExternBtf {
  u32 btf_id;
  std::string_view section;
};

/// The VAR or FUNC of an extern (find_extern_btf_id), and the DATASEC that lists it (find_extern_sec_btf_id).
Result<ExternBtf> find_btf(const Object& obj, const std::string& name) {
  if (!obj.btf) return fail(obj.path, fmt::format("failed to find BTF for extern '{}': {}", name, -ESRCH), ESRCH);
  const btf::Btf& btf = *obj.btf;
  for (u32 id : btf.find_all(name)) {
    btf::Type t = btf.type(id);
    if (!t.is(btf::Kind::Var) && !t.is(btf::Kind::Func)) continue;
    if (t.linkage() != btf::Linkage::Extern)
      return fail(obj.path, fmt::format("failed to find BTF for extern '{}': {}", name, -EINVAL), EINVAL);
    for (u32 sec = 1; sec < btf.type_count(); sec++) {
      btf::Type s = btf.type(sec);
      if (!s.is(btf::Kind::DataSec)) continue;
      for (u32 i = 0; i < s.vlen(); i++)
        if (s.sec_var(i).type == id) return ExternBtf{id, s.name()};
    }
    return fail(obj.path, fmt::format("failed to find BTF for extern '{}' [{}] section: {}", name, id, -ENOENT),
                ENOENT);
  }
  return fail(obj.path, fmt::format("failed to find BTF for extern '{}': {}", name, -ENOENT), ENOENT);
}

/// Everything that an extern section lists must be an extern that the object's code refers to.
Result<void> check_all_found(const Object& obj, const std::vector<Extern>& externs) {
  for (const auto& [section, kind] :
       {std::pair(".ksyms", Extern::Kind::Ksym), std::pair(".kconfig", Extern::Kind::Kconfig)}) {
    if (std::ranges::find(externs, kind, &Extern::kind) == externs.end()) continue;
    const auto id = obj.btf->find(section, btf::Kind::DataSec);
    if (!id) continue;
    const btf::Type sec = obj.btf->type(*id);
    for (u32 i = 0; i < sec.vlen(); i++) {
      const btf::Type t = obj.btf->type(sec.sec_var(i).type);
      if (std::ranges::find(externs, t.name(), &Extern::name) == externs.end())
        return fail(obj.path,
                    fmt::format("failed to find extern definition for BTF {} '{}'", core_reloc::kind_word(t), t.name()),
                    ESRCH);
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Extern>> collect_externs(const ElfFile& elf, const Object& obj, std::map<u32, s32>& by_symbol) {
  std::vector<std::pair<Extern, u32>> found;
  for (u32 i = 0; i < elf.symbols.size(); i++) {
    const ElfSymbol& sym = elf.symbols[i];
    if (sym.section != SHN_UNDEF || (sym.bind != STB_GLOBAL && sym.bind != STB_WEAK) || sym.type != STT_NOTYPE ||
        sym.name.empty())
      continue;
    auto place = find_btf(obj, sym.name);
    if (!place) return std::unexpected(place.error());
    btf::Type t = obj.btf->type(place->btf_id);
    Extern e;
    e.name = sym.name;
    e.essent_name = core_reloc::essential_name(sym.name);
    e.btf_id = place->btf_id;
    e.weak = sym.bind == STB_WEAK;
    e.is_func = t.is(btf::Kind::Func);
    if (place->section == ".kconfig") {
      if (e.is_func)
        return fail(obj.path, fmt::format("extern function {} is unsupported under .kconfig section", sym.name),
                    ENOTSUP);
      e.kind = Extern::Kind::Kconfig;
      auto size = obj.btf->size_of(t.type());
      auto align = obj.btf->align_of(t.type());
      if (!size || !align || *size == 0)
        return fail(obj.path, fmt::format("failed to resolve size of extern (kcfg) '{}'", sym.name), EINVAL);
      e.size = static_cast<u32>(*size);
      e.align = *align;
      if (!kcfg_type_supported(*obj.btf, t.type()))
        return fail(obj.path, fmt::format("extern (kcfg) '{}': type is unsupported", sym.name), ENOTSUP);
    } else if (place->section == ".ksyms") {
      e.kind = Extern::Kind::Ksym;
      e.typeless = !e.is_func && obj.btf->skip_mods_and_typedefs(t.type()) == 0;
    } else {
      return fail(obj.path, fmt::format("unrecognized extern section '{}'", place->section), ENOTSUP);
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
  BPFCHECK_TRY(check_all_found(obj, out));
  return out;
}

}  // namespace bpfcheck::loader
