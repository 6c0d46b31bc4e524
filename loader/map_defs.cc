// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See map_defs.h.
#include "loader/map_defs.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>

#include "loader/libbpf_errno.h"
#include "loader/map_def.h"

namespace bpfcheck::loader {
namespace {

constexpr size_t kernel_name_len = 15;
using btf::Kind;

/// internal_map_name: "object" cut so that with ".rodata" it makes 15 characters; custom sections keep their own name.
std::string internal_name(const std::string& object, std::string_view section) {
  size_t suffix = std::min(std::max<size_t>(7, section.size()), kernel_name_len);
  bool custom = section.find('.', 1) != std::string_view::npos;
  std::string name =
      (custom ? "" : object.substr(0, kernel_name_len - suffix)) + std::string(section.substr(0, suffix));
  name = name.substr(0, kernel_name_len);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.') c = '_';
  return name;
}

bool is_named(std::string_view name, std::string_view section) {
  return name == section || (name.starts_with(section) && name.size() > section.size() && name[section.size()] == '.');
}

void add_data_map(const ElfSection& s, u32 index, bool read_only, Object& obj, std::vector<MapPlace>& places) {
  auto m = std::make_shared<MapDef>();
  m->elf_name = s.name;
  m->name = internal_name(obj.name, s.name);
  m->type = MapType::ARRAY;
  m->key_size = 4;
  m->value_size = static_cast<u32>(s.size);
  m->max_entries = 1;
  m->is_global_data = true;
  m->frozen = read_only;
  if (read_only) m->flags |= F_RDONLY_PROG;
  if (s.type == SHT_NOBITS)
    m->initial.assign(s.size, 0);
  else
    m->initial.assign(s.data.begin(), s.data.end());
  if (obj.btf)
    if (auto sec = obj.btf->find(s.name, Kind::DataSec)) {
      m->btf_value_type_id = *sec;
      btf::Type t = obj.btf->type(*sec);
      // Mapped into user space where some variable of it can be seen from there.
      for (u32 i = 0; i < t.vlen(); i++) {
        btf::Type var = obj.btf->type(t.sec_var(i).type);
        if (var.is(Kind::Var) && var.linkage() != btf::Linkage::Static) m->flags |= F_MMAPABLE;
      }
    }
  places.push_back({index, 0, s.size, true, static_cast<s32>(obj.maps.size())});
  obj.maps.push_back(std::move(m));
}

/// A ring buffer's size must be a power of two of whole pages: libbpf rounds it up.
void round_ringbuf(MapDef& m) {
  if (m.type != MapType::RINGBUF && m.type != MapType::USER_RINGBUF) return;
  constexpr u32 page = 4096;
  if (m.max_entries == 0) return;
  u64 size = page;
  while (size < m.max_entries) size *= 2;
  if (size <= UINT32_MAX) m.max_entries = static_cast<u32>(size);
}

Result<void> add_btf_maps(const ElfFile& elf, u32 section, Object& obj, std::vector<MapPlace>& places) {
  if (!obj.btf) return fail(obj.path, "section '.maps' without BTF", ENOENT);
  auto sec = obj.btf->find(".maps", Kind::DataSec);
  if (!sec) return fail(obj.path, "no BTF describes section '.maps'", ENOENT);
  btf::Type t = obj.btf->type(*sec);
  for (u32 i = 0; i < t.vlen(); i++) {
    btf::Type var = obj.btf->type(t.sec_var(i).type);
    auto bad = [&](std::string_view what, int errnum = EINVAL) {
      return fail(obj.path, fmt::format("map '{}': {}", var.name(), what), errnum);
    };
    if (!var.is(Kind::Var)) return bad("unexpected var kind");
    if (u64{t.sec_var(i).offset} + t.sec_var(i).size > elf.sections[section].data.size())
      return bad("BTF data is corrupted.");
    if (var.linkage() != btf::Linkage::Global) return bad("unsupported map linkage static", ENOTSUP);
    u32 def = obj.btf->skip_mods_and_typedefs(var.type());
    if (!obj.btf->type(def).is(Kind::Struct)) return bad("is no struct");
    auto m = std::make_shared<MapDef>();
    m->elf_name = var.name();
    m->name = m->elf_name.substr(0, kernel_name_len);
    BPFCHECK_TRY(parse_map_def(*obj.btf, obj.path, def, *m));
    round_ringbuf(*m);
    if (m->inner) round_ringbuf(*m->inner);
    places.push_back({section, t.sec_var(i).offset, t.sec_var(i).size, false, static_cast<s32>(obj.maps.size())});
    obj.maps.push_back(std::move(m));
  }
  return {};
}

Result<void> add_struct_ops(const ElfFile& elf, u32 section, Object& obj, std::vector<MapPlace>& places) {
  const ElfSection& s = elf.sections[section];
  auto sec = obj.btf ? obj.btf->find(s.name, Kind::DataSec) : std::nullopt;
  if (!sec) return fail(obj.path, fmt::format("struct_ops init: DATASEC {} not found", s.name), EINVAL);
  btf::Type t = obj.btf->type(*sec);
  for (u32 i = 0; i < t.vlen(); i++) {
    btf::Type var = obj.btf->type(t.sec_var(i).type);
    u32 id = obj.btf->skip_mods_and_typedefs(var.type());
    btf::Type type = obj.btf->type(id);
    if (!type.is(Kind::Struct) || type.name().empty())
      return fail(obj.path, fmt::format("struct_ops '{}' is no named struct", var.name()), EINVAL);
    auto m = std::make_shared<MapDef>();
    m->elf_name = var.name();
    m->name = m->elf_name.substr(0, kernel_name_len);
    m->type = MapType::STRUCT_OPS;
    m->key_size = 4;
    m->value_size = type.size();
    m->max_entries = 1;
    m->btf_value_type_id = id;
    m->struct_ops_type = type.name();
    m->autocreate = !s.name.starts_with('?');
    if (s.name.ends_with(".link")) m->flags = F_LINK;
    const u64 off = t.sec_var(i).offset;
    if (off > s.data.size() || type.size() > s.data.size() - off)
      return fail(obj.path, fmt::format("struct_ops '{}' lies outside its section", var.name()), EINVAL);
    m->initial.assign(s.data.begin() + static_cast<std::ptrdiff_t>(off),
                      s.data.begin() + static_cast<std::ptrdiff_t>(off + type.size()));
    places.push_back({section, off, type.size(), false, static_cast<s32>(obj.maps.size())});
    obj.maps.push_back(std::move(m));
  }
  return {};
}

/// At most one arena, large enough for what stands in it from the beginning.
Result<void> check_arena(const ElfFile& elf, const Object& obj) {
  const MapDef* arena = nullptr;
  for (const auto& m : obj.maps) {
    if (m->type != MapType::ARENA) continue;
    if (arena)
      return fail(obj.path,
                  fmt::format("map '{}': only single ARENA map is supported (map '{}' is also ARENA)", m->elf_name,
                              arena->elf_name),
                  EINVAL);
    arena = m.get();
  }
  auto data = std::ranges::find(elf.sections, ".addr_space.1", &ElfSection::name);
  if (data == elf.sections.end() || data->type != SHT_PROGBITS || !data->size) return {};
  if (!arena)
    return fail(obj.path,
                "elf: sec '.addr_space.1': to use global __arena variables the ARENA map should be explicitly declared "
                "in SEC(\".maps\")",
                ENOENT);
  const u64 size = u64{arena->max_entries} * 4096;
  if (data->size > size)
    return fail(obj.path,
                fmt::format("elf: sec '.addr_space.1': declared ARENA map size ({}) is too small to hold global "
                            "__arena variables of size {}",
                            size, data->size),
                E2BIG);
  return {};
}

/// The map whose definition holds this offset of a section.
const MapPlace* place_around(const std::vector<MapPlace>& places, u32 section, u64 offset) {
  const MapPlace* best = nullptr;
  for (const MapPlace& p : places)
    if (p.section == section && !p.data && p.offset <= offset && (!best || p.offset > best->offset)) best = &p;
  return best && offset - best->offset < best->size ? best : nullptr;
}

/// Where in a map's definition its "values" begin, which must be the last member; nothing where there is none.
std::optional<u64> values_offset(const Object& obj, std::string_view map) {
  const auto sec = obj.btf->find(".maps", Kind::DataSec);
  if (!sec) return std::nullopt;
  const btf::Type t = obj.btf->type(*sec);
  for (u32 i = 0; i < t.vlen(); i++) {
    const btf::Type var = obj.btf->type(t.sec_var(i).type);
    if (var.name() != map) continue;
    const btf::Type def = obj.btf->type(obj.btf->skip_mods_and_typedefs(var.type()));
    if (!def.is_composite() || !def.vlen()) return std::nullopt;
    const btf::Member last = def.member(def.vlen() - 1);
    return last.name == "values" ? std::optional<u64>(last.bit_offset / 8) : std::nullopt;
  }
  return std::nullopt;
}

/// The entry program that a slot of a program array names.
Result<void> check_slot_program(const Object& obj, const ElfSymbol& sym, size_t n) {
  auto p = std::ranges::find_if(obj.programs, [&](const ObjectProgram& o) { return o.entry && o.name == sym.name; });
  if (p == obj.programs.end())
    return fail(obj.path, fmt::format(".maps relo #{}: '{}' isn't a valid program reference", n, sym.name), ESRCH);
  if (p->sec_idx != sym.section || u64{p->sec_insn_off} * 8 != sym.value)
    return fail(obj.path, fmt::format(".maps relo #{}: '{}' isn't an entry-point program", n, sym.name),
                LIBBPF_ERRNO_RELOC);
  return {};
}

Result<void> check_slot_map(const Object& obj, const MapDef& m, const ElfSymbol& sym, u32 section, size_t n) {
  if (sym.section != section)
    return fail(obj.path, fmt::format(".maps relo #{}: '{}' isn't a BTF-defined map", n, sym.name), LIBBPF_ERRNO_RELOC);
  if (m.type == MapType::HASH_OF_MAPS && m.key_size != 4)
    return fail(obj.path, fmt::format(".maps relo #{}: hash-of-maps '{}' should have key size 4.", n, m.elf_name),
                EINVAL);
  if (std::ranges::none_of(obj.maps, [&](const auto& o) { return o->elf_name == sym.name; }))
    return fail(obj.path, fmt::format(".maps relo #{}: '{}' isn't a valid map reference", n, sym.name), ESRCH);
  return {};
}

/// The map of kconfig externs, where there are any.
void add_kconfig_map(Object& obj) {
  if (std::ranges::find(obj.externs, Extern::Kind::Kconfig, &Extern::kind) == obj.externs.end()) return;
  auto m = std::make_shared<MapDef>();
  m->elf_name = ".kconfig";
  m->name = internal_name(obj.name, ".kconfig");
  m->type = MapType::ARRAY;
  m->key_size = 4;
  m->max_entries = 1;
  m->flags = F_RDONLY_PROG;
  m->is_global_data = m->frozen = true;
  for (const Extern& e : obj.externs)
    if (e.kind == Extern::Kind::Kconfig) m->value_size = std::max(m->value_size, e.data_off + e.size);
  m->initial.assign(m->value_size, 0);
  if (auto sec = obj.btf->find(".kconfig", Kind::DataSec)) m->btf_value_type_id = *sec;
  obj.kconfig_map_idx = static_cast<s32>(obj.maps.size());
  obj.maps.push_back(std::move(m));
}

}  // namespace

Result<void> collect_maps(const ElfFile& elf, Object& obj, std::vector<MapPlace>& places) {
  // libbpf's order: BTF-defined maps, global data in section order, kconfig, struct_ops.
  for (u32 i = 1; i < elf.sections.size(); i++)
    if (elf.sections[i].name == ".maps") BPFCHECK_TRY(add_btf_maps(elf, i, obj, places));
  BPFCHECK_TRY(check_arena(elf, obj));
  for (u32 i = 1; i < elf.sections.size(); i++) {
    const ElfSection& s = elf.sections[i];
    if (s.size == 0) continue;  // as gcc leaves them
    const bool bits = s.type == SHT_PROGBITS && !s.executable();
    if (s.size > UINT32_MAX) return fail(obj.path, fmt::format("section '{}' is too large", s.name), EFBIG);
    if (bits && is_named(s.name, ".data"))
      add_data_map(s, i, false, obj, places);
    else if (bits && is_named(s.name, ".rodata"))
      add_data_map(s, i, true, obj, places);
    else if (s.type == SHT_NOBITS && s.size <= (1u << 30) && is_named(s.name, ".bss"))
      add_data_map(s, i, false, obj, places);
  }
  add_kconfig_map(obj);
  for (u32 i = 1; i < elf.sections.size(); i++) {
    const std::string& n = elf.sections[i].name;
    if (elf.sections[i].type == SHT_PROGBITS &&
        (n == ".struct_ops" || n == ".struct_ops.link" || n == "?.struct_ops" || n == "?.struct_ops.link"))
      BPFCHECK_TRY(add_struct_ops(elf, i, obj, places));
  }
  for (u32 i = 1; i < elf.sections.size(); i++) {  // data in an arena belongs to the object's only arena map
    if (elf.sections[i].name != ".addr_space.1") continue;
    for (u32 m = 0; m < obj.maps.size(); m++)
      if (obj.maps[m]->type == MapType::ARENA)
        places.push_back({i, 0, elf.sections[i].size, true, static_cast<s32>(m)});
  }
  return {};
}

Result<void> collect_map_slots(const ElfFile& elf, Object& obj, const std::vector<MapPlace>& places, u32 section,
                               const std::vector<ElfReloc>& relocs) {
  for (size_t n = 0; n < relocs.size(); n++) {
    const ElfReloc& r = relocs[n];
    const ElfSymbol& sym = elf.symbols[r.symbol];
    auto bad = [&](std::string what, int errnum = EINVAL) {
      return fail(obj.path, fmt::format(".maps relo #{}: {}", n, what), errnum);
    };
    const MapPlace* place = place_around(places, section, r.offset);
    if (!place) return bad(fmt::format("cannot find map '{}' at rel->r_offset {}", sym.name, r.offset));
    MapDef& m = *obj.maps[static_cast<u32>(place->map_idx)];
    if (m.type == MapType::PROG_ARRAY)
      BPFCHECK_TRY(check_slot_program(obj, sym, n));
    else if (m.type == MapType::ARRAY_OF_MAPS || m.type == MapType::HASH_OF_MAPS)
      BPFCHECK_TRY(check_slot_map(obj, m, sym, section, n));
    else
      return bad(fmt::format("map '{}' takes no initialiser", m.elf_name));
    const auto values = values_offset(obj, m.elf_name);
    const u64 at = r.offset - place->offset;
    if (!values || at < *values || (at - *values) % 8)
      return bad(fmt::format("map '{}' has no value there", m.elf_name));
    m.init_slots.emplace_back(static_cast<u32>((at - *values) / 8), sym.name);
  }
  return {};
}

Result<void> collect_struct_ops(const ElfFile& elf, Object& obj, const std::vector<MapPlace>& places, u32 section,
                                const std::vector<ElfReloc>& relocs) {
  for (const ElfReloc& r : relocs) {
    const MapPlace* place = place_around(places, section, r.offset);
    if (!place)
      return fail(obj.path, fmt::format("struct_ops reloc: cannot find map at rel->r_offset {}", r.offset), EINVAL);
    MapDef& m = *obj.maps[static_cast<u32>(place->map_idx)];
    auto bad = [&](std::string what, int errnum = EINVAL) {
      return fail(obj.path, fmt::format("struct_ops reloc {}: {}", m.elf_name, what), errnum);
    };
    const ElfSymbol& sym = elf.symbols[r.symbol];
    if (sym.section >= SHN_LORESERVE)
      return bad(fmt::format("rel->r_offset {} shdr_idx {} unsupported non-static function", r.offset, sym.section),
                 LIBBPF_ERRNO_RELOC);
    if (sym.value % 8) return bad(fmt::format("invalid target program offset {}", sym.value), LIBBPF_ERRNO_FORMAT);
    const btf::Type type = obj.btf->type(m.btf_value_type_id);
    const u64 offset = r.offset - place->offset;
    std::optional<btf::Member> member;
    for (u32 i = 0; i < type.member_count() && !member; i++)
      if (type.member(i).bit_offset == offset * 8) member = type.member(i);
    if (!member) return bad(fmt::format("cannot find member at moff {}", offset));
    const btf::Type ptr = obj.btf->type(obj.btf->skip_mods_and_typedefs(member->type));
    if (!ptr.is(Kind::Ptr) || !obj.btf->type(obj.btf->skip_mods_and_typedefs(ptr.type())).is(Kind::FuncProto))
      return bad(fmt::format("cannot relocate non func ptr {}", member->name));
    const u64 insn = sym.value / 8;
    auto prog = std::ranges::find_if(obj.programs, [&](const ObjectProgram& p) {
      return p.sec_idx == sym.section && insn >= p.sec_insn_off && insn < p.sec_insn_off + p.insns.size();
    });
    if (prog == obj.programs.end())
      return bad(fmt::format("cannot find prog at shdr_idx {} to relocate func ptr {}", sym.section, member->name));
    if (prog->type != ProgType::STRUCT_OPS)
      return bad(fmt::format("prog {} is not struct_ops BPF program", prog->name));
    m.struct_ops_progs.emplace_back(member->name, prog->name);
  }
  return {};
}

void settle_size(MapDef& m) {
  // libbpf sizes an inner perf event array as it does an outer one (map_set_def_max_entries, 1.7), no other inner map.
  if (m.inner && m.inner->type == MapType::PERF_EVENT_ARRAY) settle_size(*m.inner);
  if (m.max_entries) return;
  switch (m.type) {
    case MapType::STRUCT_OPS:
    case MapType::SK_STORAGE:
    case MapType::TASK_STORAGE:
    case MapType::INODE_STORAGE:
    case MapType::CGRP_STORAGE:
    case MapType::BLOOM_FILTER:
    case MapType::CGROUP_STORAGE:
    case MapType::PERCPU_CGROUP_STORAGE:
      return;
    case MapType::RINGBUF:
    case MapType::USER_RINGBUF:
      m.max_entries = 4096;
      return;  // the least that libbpf rounds to
    default:
      m.max_entries = 1;
  }
}

std::optional<MapPlace> find_map_place(const std::vector<MapPlace>& places, const ElfFile&, const ElfSymbol& sym) {
  for (const MapPlace& p : places)
    if (p.section == sym.section && (p.data || p.offset == sym.value)) return p;
  return std::nullopt;
}

}  // namespace bpfcheck::loader
