// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reading an object: sections become programs, maps, externs and relocations (bpf_object_open:
// tools/lib/bpf/libbpf.c, 1.7).
#include "loader/object.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "btf/kernel_check.h"
#include "kernel_db/sections.h"
#include "loader/btf_fixup.h"
#include "loader/elf_file.h"
#include "loader/externs.h"
#include "loader/legacy_maps.h"
#include "loader/libbpf_errno.h"
#include "loader/map_defs.h"

namespace bpfcheck::loader {
namespace {

std::string object_name(const std::string& path) {
  auto slash = path.find_last_of('/');
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return name.substr(0, name.find('.')).substr(0, 63);
}

class Opener {
 public:
  Opener(ElfFile elf, std::string path, OpenOptions opts) : elf_(std::move(elf)), opts_(opts) {
    obj_.path = std::move(path);
    obj_.name = object_name(obj_.path);
    obj_.endian = elf_.endian;
    obj_.file = elf_.file;
  }

  Result<Object> run() {
    if (!elf_.has_symbols) return bad("no symbol table: a stripped object file?", ENOENT);
    BPFCHECK_TRY(collect_sections());
    BPFCHECK_TRY(read_btf());
    BPFCHECK_ASSIGN(obj_.externs, collect_externs(elf_, obj_, extern_of_symbol_));
    if (opts_.legacy_maps) BPFCHECK_TRY(collect_legacy_maps(elf_, obj_, map_places_));
    BPFCHECK_TRY(collect_maps(elf_, obj_, map_places_));
    settle_program_types();
    BPFCHECK_TRY(collect_relocs());
    return std::move(obj_);
  }

 private:
  std::unexpected<Error> bad(std::string what, int errnum = LIBBPF_ERRNO_FORMAT) const {
    return fail(obj_.path, std::move(what), errnum);
  }

  Result<void> collect_sections() {
    for (u32 i = 1; i < elf_.sections.size(); i++) {
      const ElfSection& s = elf_.sections[i];
      if (s.name == "license") {
        obj_.license.assign(s.data.begin(), std::ranges::find(s.data, u8{0}));
      } else if (s.name == "version") {
        if (s.data.size() != 4) return bad("section 'version' is not 4 bytes");
        obj_.kern_version = load_as<u32>(s.data.data(), elf_.endian);
      } else if (s.name == "maps") {
        if (!opts_.legacy_maps)
          return bad(
              "elf: legacy map definitions in 'maps' section are not supported by libbpf v1.0+ (--legacy-maps takes "
              "them)",
              ENOTSUP);
      } else if (s.type == SHT_PROGBITS && s.executable() && !s.data.empty()) {
        if (s.name == ".text") text_ = i;
        BPFCHECK_TRY(add_programs(i));
      }
    }
    std::ranges::stable_sort(obj_.programs, [](const ObjectProgram& a, const ObjectProgram& b) {
      return a.sec_idx != b.sec_idx ? a.sec_idx < b.sec_idx : a.sec_insn_off < b.sec_insn_off;
    });
    return {};
  }

  Result<void> add_programs(u32 sec) {
    const ElfSection& s = elf_.sections[sec];
    for (const ElfSymbol& sym : elf_.symbols) {
      if (sym.section != sec || sym.type != STT_FUNC) continue;
      if (sym.value > s.data.size() || sym.size > s.data.size() - sym.value)
        return bad(fmt::format("section '{}': program at offset {} crosses the section's end", s.name, sym.value));
      if (s.name != ".text" && sym.bind == STB_LOCAL)
        return bad(fmt::format("section '{}': program '{}' is static and not supported", s.name, sym.name), ENOTSUP);
      if (sym.size == 0 || sym.size % 8 || sym.value % 8)
        return bad(fmt::format("section '{}': corrupted program '{}', offset {}, size {}", s.name, sym.name, sym.value,
                               sym.size));
      ObjectProgram p;
      p.name = sym.name;
      p.section = p.elf_section = s.name;
      p.sec_idx = sec;
      p.sec_insn_off = static_cast<u32>(sym.value / 8);
      p.entry = s.name != ".text";
      p.is_global = sym.bind != STB_LOCAL;
      p.hidden = p.is_global && (sym.visibility == STV_HIDDEN || sym.visibility == STV_INTERNAL);
      p.insns = decode(s.data.subspan(sym.value, sym.size));
      if (p.section.starts_with('?')) {
        p.autoload = false;
        p.section.erase(0, 1);
      }
      obj_.programs.push_back(std::move(p));
    }
    return {};
  }

  Insns decode(Bytes bytes) const {
    Insns out;
    ByteReader r(bytes, elf_.endian);
    while (r.remaining() >= 8) {
      Insn i;
      i.code = r.read<u8>();
      u8 regs = r.read<u8>();
      const bool little = elf_.endian == Endian::little;
      const auto low = static_cast<u8>(regs & 0xf), high = static_cast<u8>(regs >> 4);
      i.dst = (little ? low : high) & 0xf;
      i.src = (little ? high : low) & 0xf;
      i.off = r.read<s16>();
      i.imm = r.read<s32>();
      out.push_back(i);
    }
    return out;
  }

  const ElfSection* section(std::string_view name) const {
    auto it = std::ranges::find(elf_.sections, name, &ElfSection::name);
    return it == elf_.sections.end() ? nullptr : &*it;
  }

  Result<void> read_btf() {
    const ElfSection* btf = section(".BTF");
    if (!btf || btf->data.empty()) return {};
    const Blob data{btf->data, elf_.file.owner};
    BPFCHECK_ASSIGN(btf::BtfPtr raw, btf::Btf::parse(data, {.origin = obj_.path + ": .BTF"}));
    BPFCHECK_ASSIGN(obj_.btf, fill_in_data_sections(raw, data, elf_));
    obj_.btf_taken = btf::kernel_check(*obj_.btf).has_value();
    const ElfSection* ext = section(".BTF.ext");
    if (!ext || ext->data.empty()) return {};
    BPFCHECK_ASSIGN(obj_.ext, btf::BtfExt::parse(ext->data, *obj_.btf, obj_.path));
    return {};
  }

  void settle_program_types() {
    for (ObjectProgram& p : obj_.programs) {
      if (!p.entry) continue;
      const SectionDef* def = find_section_def(p.section);
      if (!def) continue;
      p.type = def->type;
      p.expected_attach_type = def->attach_type;
      if (def->flags & sleepable) p.flags |= F_SLEEPABLE;
      if (def->flags & xdp_frags) p.flags |= F_XDP_HAS_FRAGS;
      if (def->flags & usdt) p.expected_attach_type = static_cast<u32>(AttachType::TRACE_UPROBE_MULTI);
      p.needs_attach_btf = def->flags & attach_btf;
      if (auto slash = p.section.find('/'); slash != std::string::npos) p.attach_name = p.section.substr(slash + 1);
      if (p.type == ProgType::STRUCT_OPS) p.attach_name.clear();
    }
  }

  ObjectProgram* program_at(u32 sec, u64 insn) {
    for (ObjectProgram& p : obj_.programs)
      if (p.sec_idx == sec && insn >= p.sec_insn_off && insn < p.sec_insn_off + p.insns.size()) return &p;
    return nullptr;
  }

  Result<void> collect_relocs() {
    for (const ElfSection& s : elf_.sections) {
      if (s.type != SHT_REL || s.info >= elf_.sections.size()) continue;
      const ElfSection& target = elf_.sections[s.info];
      if (target.executable()) {
        BPFCHECK_ASSIGN(auto relocs, elf_.relocs(s, obj_.path));
        for (const ElfReloc& r : relocs) BPFCHECK_TRY(add_reloc(s.info, r));
      } else if (target.name == ".maps") {
        BPFCHECK_ASSIGN(auto relocs, elf_.relocs(s, obj_.path));
        BPFCHECK_TRY(collect_map_slots(elf_, obj_, map_places_, s.info, relocs));
      } else if (target.name.find(".struct_ops") != std::string::npos) {
        BPFCHECK_ASSIGN(auto relocs, elf_.relocs(s, obj_.path));
        BPFCHECK_TRY(collect_struct_ops(elf_, obj_, map_places_, s.info, relocs));
      }
    }
    for (ObjectProgram& p : obj_.programs) std::ranges::stable_sort(p.relocs, {}, &Reloc::insn_idx);
    return {};
  }

  Result<void> add_reloc(u32 sec, const ElfReloc& r) {
    const ElfSymbol& sym = elf_.symbols[r.symbol];
    if (sym.section >= elf_.sections.size())
      return bad(fmt::format("corrupted symbol #{} pointing to invalid section #{}", r.symbol, sym.section));
    if (r.offset % 8 || r.offset >= elf_.sections[sec].size)
      return bad(fmt::format("relocation at offset {} is invalid", r.offset));
    ObjectProgram* prog = program_at(sec, r.offset / 8);
    if (!prog) return {};  // in a function that was discarded
    Reloc out{static_cast<u32>(r.offset / 8 - prog->sec_insn_off), RelocKind::Call};
    const Insn& insn = prog->insns[out.insn_idx];
    const bool call = insn.code == (bpf::JMP | bpf::CALL), load = insn.code == bpf::LD_IMM64;
    auto wrong = [&](std::string what) {
      return bad(fmt::format("prog '{}': {} '{}' (instruction {})", prog->name, what, sym.name, out.insn_idx),
                 LIBBPF_ERRNO_RELOC);
    };
    if (!call && !load) return wrong("invalid relocation against");
    if (sym.section == SHN_UNDEF && (sym.bind == STB_GLOBAL || sym.bind == STB_WEAK) && sym.type == STT_NOTYPE) {
      auto it = extern_of_symbol_.find(r.symbol);
      if (it == extern_of_symbol_.end()) return wrong("no extern for");
      out.extern_idx = it->second;
      out.kind = call                                                                       ? RelocKind::ExternCall
                 : obj_.externs[static_cast<u32>(it->second)].kind == Extern::Kind::Kconfig ? RelocKind::ExternKconfig
                                                                                            : RelocKind::ExternLdKsym;
    } else if (call) {
      if (insn.src != bpf::PSEUDO_CALL) return wrong("incorrect call of");
      if (!sym.section || sym.section != text_) return wrong("bad call relocation against");
      if (sym.value % 8) return wrong("bad call relocation against");
      out.sym_off = static_cast<s64>(sym.value);
    } else if (!sym.section || sym.section >= SHN_LORESERVE) {
      return wrong("invalid relocation in a special section; an uninitialised global variable?");
    } else if (sym.section == text_) {
      out.kind = RelocKind::LdFuncPtr;
      prog->insns[out.insn_idx].src = bpf::PSEUDO_FUNC;
      out.sym_off = static_cast<s64>(sym.value);
    } else if (elf_.sections[sym.section].name == ".jumptables") {
      out.kind = RelocKind::JumpTable;
      out.sym_off = static_cast<s64>(sym.value);
    } else {
      auto place = find_map_place(map_places_, elf_, sym);
      if (!place) return wrong("bad map relocation against");
      out.kind = place->data ? RelocKind::LdMapValue : RelocKind::LdMap;
      out.map_idx = place->map_idx;
      out.sym_off = place->data ? static_cast<s64>(sym.value) : 0;
    }
    if (load && out.insn_idx + 1 >= prog->insns.size()) return wrong("cut-off load of");
    prog->relocs.push_back(out);
    return {};
  }

  ElfFile elf_;
  OpenOptions opts_;
  Object obj_;
  u32 text_ = 0;
  std::vector<MapPlace> map_places_;
  std::map<u32, s32> extern_of_symbol_;
};

}  // namespace

Result<Object> open_object(Blob data, std::string path, OpenOptions opts) {
  BPFCHECK_ASSIGN(ElfFile elf, ElfFile::parse(std::move(data), path));
  return Opener(std::move(elf), std::move(path), opts).run();
}

}  // namespace bpfcheck::loader
