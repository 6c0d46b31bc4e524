// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See legacy_maps.h.
#include "loader/legacy_maps.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>

namespace bpfcheck::loader {
namespace {

constexpr size_t known_bytes = 20;  ///< type, key size, value size, entries, flags

/// A struct ____btf_map_NAME with members key and value, of the map's sizes, gives the map BTF (BPF_ANNOTATE_KV_PAIR).
void annotate(const btf::Btf& btf, MapDef& m) {
  const auto id = btf.find("____btf_map_" + m.elf_name, btf::Kind::Struct);
  if (!id) return;
  const btf::Type t = btf.type(*id);
  if (t.member_count() < 2) return;
  const u32 key = t.member(0).type, value = t.member(1).type;
  if (btf.size_of(key) != m.key_size || btf.size_of(value) != m.value_size) return;
  m.btf_key_type_id = key;
  m.btf_value_type_id = value;
}

}  // namespace

Result<void> collect_legacy_maps(const ElfFile& elf, Object& obj, std::vector<MapPlace>& places) {
  auto section = std::ranges::find(elf.sections, "maps", &ElfSection::name);
  if (section == elf.sections.end()) return {};
  const auto index = static_cast<u32>(section - elf.sections.begin());
  std::vector<const ElfSymbol*> symbols;
  for (const ElfSymbol& s : elf.symbols)
    if (s.section == index && s.type != STT_SECTION) symbols.push_back(&s);
  const Bytes data = section->data;
  if (symbols.empty() && data.empty()) return {};
  if (symbols.empty() || data.empty() || data.size() % symbols.size())
    return fail(
        obj.path,
        fmt::format("section 'maps': {} bytes cannot hold {} definitions of one size", data.size(), symbols.size()),
        EINVAL);
  const size_t size = data.size() / symbols.size();
  for (const ElfSymbol* s : symbols) {
    auto bad = [&](std::string_view what, int errnum = EINVAL) {
      return fail(obj.path, fmt::format("section 'maps': map '{}' {}", s->name, what), errnum);
    };
    if (s->name.empty()) return bad("has no name");
    if (s->bind == STB_LOCAL) return bad("is static", ENOTSUP);
    if (s->value > data.size() || size > data.size() - s->value) return bad("lies outside its section");
    const Bytes def = data.subspan(s->value, size);
    if (size > known_bytes && std::any_of(def.begin() + known_bytes, def.end(), [](u8 b) { return b != 0; }))
      return bad("has options that are not known, and not zero");
    auto word = [&](size_t i) { return i * 4 + 4 <= def.size() ? load_as<u32>(def.data() + i * 4, elf.endian) : 0; };
    auto m = std::make_shared<MapDef>();
    m->elf_name = s->name;
    m->name = s->name.substr(0, 15);
    m->type = static_cast<MapType>(word(0));
    m->key_size = word(1);
    m->value_size = word(2);
    m->max_entries = word(3);
    m->flags = word(4);
    if (obj.btf) annotate(*obj.btf, *m);
    places.push_back({index, s->value, size, false, static_cast<s32>(obj.maps.size())});
    obj.maps.push_back(std::move(m));
  }
  return {};
}

}  // namespace bpfcheck::loader
