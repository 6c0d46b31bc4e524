// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See elf_file.h.
#include "loader/elf_file.h"

#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>

#include <memory>

#include "loader/libbpf_errno.h"

namespace bpfcheck::loader {
namespace {

struct ElfEnd {
  void operator()(Elf* e) const { elf_end(e); }
};

std::string name_of(Elf* elf, size_t strtab, size_t off) {
  const char* s = elf_strptr(elf, strtab, off);
  return s ? s : "";
}

}  // namespace

Result<ElfFile> ElfFile::parse(Blob data, const std::string& origin) {
  auto bad = [&](std::string_view what, int errnum = LIBBPF_ERRNO_FORMAT) {
    return fail(origin, std::string(what), errnum);
  };
  elf_version(EV_CURRENT);
  // libelf takes a writable pointer but does not write to memory opened in this way.
  std::unique_ptr<Elf, ElfEnd> elf(
      elf_memory(const_cast<char*>(reinterpret_cast<const char*>(data.bytes.data())), data.bytes.size()));
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF) return bad("not an ELF file");
  GElf_Ehdr eh;
  if (gelf_getclass(elf.get()) != ELFCLASS64 || !gelf_getehdr(elf.get(), &eh)) return bad("not a 64-bit ELF file");
  if (eh.e_type != ET_REL || (eh.e_machine && eh.e_machine != machine_bpf)) return bad("not a relocatable BPF object");
  ElfFile f;
  f.endian = eh.e_ident[EI_DATA] == ELFDATA2MSB ? Endian::big : Endian::little;
  size_t shstr = 0, count = 0;
  if (elf_getshdrstrndx(elf.get(), &shstr) || elf_getshdrnum(elf.get(), &count))
    return bad("the section table cannot be read");
  f.sections.resize(std::max<size_t>(count, 1));
  size_t symtab = 0;
  for (Elf_Scn* scn = nullptr; (scn = elf_nextscn(elf.get(), scn));) {
    size_t i = elf_ndxscn(scn);
    GElf_Shdr sh;
    if (i >= f.sections.size() || !gelf_getshdr(scn, &sh)) return bad(fmt::format("section {} cannot be read", i));
    ElfSection& s = f.sections[i];
    s.name = name_of(elf.get(), shstr, sh.sh_name);
    s.type = sh.sh_type;
    s.link = sh.sh_link;
    s.info = sh.sh_info;
    s.flags = sh.sh_flags;
    s.size = sh.sh_size;
    if (sh.sh_type != SHT_NOBITS && sh.sh_type != SHT_NULL) {
      if (sh.sh_offset > data.bytes.size() || sh.sh_size > data.bytes.size() - sh.sh_offset)
        return bad(fmt::format("section {} '{}' lies outside the file", i, s.name));
      s.data = data.bytes.subspan(sh.sh_offset, sh.sh_size);
    }
    if (sh.sh_type == SHT_SYMTAB) {
      if (symtab) return bad("more than one symbol table");
      symtab = i;
    }
  }
  if (symtab) {
    f.has_symbols = true;
    const ElfSection& table = f.sections[symtab];
    if (table.link >= f.sections.size()) return bad("the symbol table's strings are missing");
    const Bytes names = f.sections[table.link].data;
    for (size_t at = 0; at + sizeof(Elf64_Sym) <= table.data.size(); at += sizeof(Elf64_Sym)) {
      ByteReader r(table.data, f.endian, at);
      ElfSymbol sym;
      u32 name = r.read<u32>();
      u8 info = r.read<u8>(), other = r.read<u8>();
      sym.section = r.read<u16>();
      sym.value = r.read<u64>();
      sym.size = r.read<u64>();
      sym.name = string_at(names, name).value_or("");
      sym.type = info & 0xf;
      sym.bind = info >> 4;
      sym.visibility = other & 3;
      f.symbols.push_back(std::move(sym));
    }
  }
  f.file = std::move(data);
  return f;
}

Result<std::vector<ElfReloc>> ElfFile::relocs(const ElfSection& rel, const std::string& origin) const {
  std::vector<ElfReloc> out;
  if (rel.data.size() % sizeof(Elf64_Rel))
    return fail(origin, fmt::format("section '{}' is cut off", rel.name), LIBBPF_ERRNO_FORMAT);
  ByteReader r(rel.data, endian);
  while (r.remaining()) {
    ElfReloc e;
    e.offset = r.read<u64>();
    u64 info = r.read<u64>();
    e.type = static_cast<u32>(info);
    e.symbol = static_cast<u32>(info >> 32);
    if (e.symbol >= symbols.size())
      return fail(origin, fmt::format("section '{}' refers to symbol {}, which does not exist", rel.name, e.symbol),
                  LIBBPF_ERRNO_FORMAT);
    out.push_back(e);
  }
  return out;
}

}  // namespace bpfcheck::loader
