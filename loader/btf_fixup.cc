// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See btf_fixup.h.
#include "loader/btf_fixup.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>

namespace bpfcheck::loader {
namespace {

using btf::Kind;
using btf::Type;

/// Those of externs: laid out by other rules.
bool is_extern_section(std::string_view name) { return name == ".kconfig" || name == ".ksyms"; }

class Filler {
 public:
  Filler(const btf::BtfPtr& btf, Blob data, const ElfFile& elf)
      : btf_(btf), bytes_(data.bytes.begin(), data.bytes.end()), elf_(elf) {
    for (const ElfSymbol& s : elf.symbols)
      if ((s.bind == STB_GLOBAL || s.bind == STB_WEAK) && s.type == STT_OBJECT) symbols_.emplace(s.name, &s);
  }

  Result<btf::BtfPtr> run() {
    bool changed = false;
    for (u32 id = btf_->first_id(); id < btf_->type_count(); id++) {
      const Type t = btf_->type(id);
      if (!t.is(Kind::DataSec) || is_extern_section(t.name())) continue;
      BPFCHECK_TRY(fill(t, changed));
    }
    if (!changed) return btf_;
    return btf::Btf::parse(Blob::own(std::move(bytes_)), {.origin = btf_->origin()});
  }

 private:
  std::unexpected<Error> bad(const Type& t, std::string what, int errnum = ENOENT) const {
    return fail(btf_->origin(), fmt::format("sec '{}': {}", t.name(), what), errnum);
  }

  Result<void> fill(const Type& t, bool& changed) {
    u64 size = 0;
    if (!t.size()) {
      auto section = std::ranges::find(elf_.sections, t.name(), &ElfSection::name);
      if (section != elf_.sections.end()) size = section->size;
      if (!size) return bad(t, "failed to determine size from ELF");
    }
    std::vector<btf::SecVar> vars;
    for (u32 i = 0; i < t.vlen(); i++) {
      btf::SecVar v = t.sec_var(i);
      const Type var = btf_->type(v.type);
      if (!var.is(Kind::Var)) return bad(t, "unexpected non-VAR type found", EINVAL);
      if (var.linkage() == btf::Linkage::Global) {
        auto it = symbols_.find(std::string(var.name()));
        if (it == symbols_.end()) return bad(t, fmt::format("failed to find ELF symbol for VAR '{}'", var.name()));
        if (size) v.offset = static_cast<u32>(it->second->value);
        if (it->second->visibility == STV_HIDDEN ||
            it->second->visibility == STV_INTERNAL) {  // not for user space to see
          put(bytes_.data() + btf_->file_offset(var.id()) + 12, static_cast<u32>(btf::Linkage::Static));
          changed = true;
        }
      }
      vars.push_back(v);
    }
    if (!size && std::ranges::is_sorted(vars, {}, &btf::SecVar::offset)) return {};
    changed = true;
    std::ranges::stable_sort(vars, {}, &btf::SecVar::offset);
    u8* at = bytes_.data() + btf_->file_offset(t.id());
    if (size) put(at + 8, static_cast<u32>(size));
    for (const btf::SecVar& v : vars) {
      at += 12;
      put(at, v.type);
      put(at + 4, v.offset);
      put(at + 8, v.size);
    }
    return {};
  }
  void put(u8* at, u32 v) const { store_as(at, v, btf_->endian()); }

  const btf::BtfPtr& btf_;
  std::vector<u8> bytes_;
  const ElfFile& elf_;
  std::unordered_map<std::string, const ElfSymbol*> symbols_;
};

}  // namespace

Result<btf::BtfPtr> fill_in_data_sections(const btf::BtfPtr& btf, Blob data, const ElfFile& elf) {
  return Filler(btf, std::move(data), elf).run();
}

}  // namespace bpfcheck::loader
