// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See core_listing.h.
#include "loader/core_listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <map>
#include <tuple>

namespace bpfcheck::loader {
namespace {

using core_reloc::Spec;

/// Bytes of the field at a path's end.
u32 field_size(const Spec& s) {
  if (!core_reloc::is_field_based(s.kind)) return 0;
  const core_reloc::Accessor& last = s.accessors.back();
  const u32 type = last.name.empty() ? last.type_id : s.btf->type(last.type_id).member(last.index).type;
  return static_cast<u32>(s.btf->size_of(type).value_or(0));
}

/// A section's line info by instruction.
std::vector<btf::LineInfo> lines_of(const Object& obj, std::string_view section) {
  std::vector<btf::LineInfo> out;
  for (const auto& sec : obj.ext.lines)
    if (sec.section == section) out.insert(out.end(), sec.records.begin(), sec.records.end());
  std::ranges::stable_sort(out, {}, &btf::LineInfo::insn_off);
  return out;
}

/// A constant that stands for an offset has no line of its own: clang puts it before the first instruction that does.
void add_source(const Object& obj, const std::vector<btf::LineInfo>& lines, u32 offset, CoreUse& use) {
  const u32 end = (use.prog->sec_insn_off + static_cast<u32>(use.prog->insns.size())) * 8;
  const auto next = std::ranges::upper_bound(lines, offset, {}, &btf::LineInfo::insn_off);
  const btf::LineInfo* before = next == lines.begin() ? nullptr : &*std::prev(next);
  const btf::LineInfo* after = next == lines.end() || next->insn_off >= end ? nullptr : &*next;
  const u8 cls = use.prog->insns[use.insn].cls();
  const bool constant = cls == bpf::ALU || cls == bpf::ALU64 || cls == bpf::LD;
  const btf::LineInfo* best = after && constant && !(before && before->insn_off == offset) ? after : before;
  if (!best) return;
  use.file = obj.btf->string(best->file_name_off);
  use.text = obj.btf->string(best->line_off);
  use.line = best->line;
}

/// What the compiler put into the instruction.
u64 value_before(const Insns& insns) {
  const Insn& i = insns[0];
  if (i.code == bpf::LD_IMM64) return static_cast<u32>(i.imm) | static_cast<u64>(static_cast<u32>(insns[1].imm)) << 32;
  return i.cls() == bpf::ALU || i.cls() == bpf::ALU64 ? static_cast<u32>(i.imm) : static_cast<u16>(i.off);
}

/// What the target has in the place of what was asked for.
void describe(const CoreUse& use, const core_reloc::Fixup& fix, const Target& target, CoreOutcome& o) {
  o.value = fix.new_value;
  o.found = use.local.kind == core_reloc::Kind::TypeIdLocal || fix.target.has_value();
  if (fix.target) {
    o.size = field_size(*fix.target);
    if (std::string path = core_reloc::path_words(*fix.target); path != core_reloc::path_words(use.local))
      o.path = std::move(path);
  } else if (!o.found) {
    o.missing = core_reloc::why_missing(use.local, *target.btf);
  }
}

/// What becomes of the instruction.
void apply(const CoreUse& use, const Result<core_reloc::Fixup>& fix, CoreOutcome& o) {
  o.error.clear();
  o.after.clear();
  if (!fix) {
    o.error = fix.error().what;
    return;
  }
  o.after = insns_before(use);
  if (auto applied = core_reloc::apply(*fix, use.local.kind, o.after, 0, o.poisoned); !applied)
    o.error = applied.error().what;
}

}  // namespace

Insns insns_before(const CoreUse& use) {
  const Insns& all = use.prog->insns;
  Insns out{all[use.insn]};
  if (out[0].code == bpf::LD_IMM64 && use.insn + 1 < all.size()) out.push_back(all[use.insn + 1]);
  return out;
}

Result<std::vector<CoreUse>> core_uses(const Object& obj) {
  std::vector<CoreUse> uses;
  std::map<std::tuple<u32, u32, std::string_view>, size_t> asked;
  for (const auto& sec : obj.ext.core_relos) {
    const auto lines = lines_of(obj, sec.section);
    for (const btf::CoreRelo& r : sec.records) {
      const u32 at = r.insn_off / 8;
      auto prog = std::ranges::find_if(obj.programs, [&](const ObjectProgram& p) {
        return p.elf_section == sec.section && at >= p.sec_insn_off && at < p.sec_insn_off + p.insns.size();
      });
      if (prog == obj.programs.end()) continue;  // of a weak function that another took the place of
      if (r.kind >= core_reloc::kind_count)
        return fail(obj.path, fmt::format("prog '{}': CO-RE relocation of unknown kind {}", prog->name, r.kind),
                    EOPNOTSUPP);
      auto spec = core_reloc::parse_spec(*obj.btf, r.type_id, obj.btf->string(r.access_str_off),
                                         static_cast<core_reloc::Kind>(r.kind));
      if (!spec) return fail(fmt::format("{}: prog '{}'", obj.path, prog->name), spec.error().text(), EINVAL);
      CoreUse use;
      use.prog = &*prog;
      use.insn = at - prog->sec_insn_off;
      use.local = std::move(*spec);
      use.size = field_size(use.local);
      const Insns before = insns_before(use);
      if (before[0].code == bpf::LD_IMM64 && before.size() < 2)
        return fail(obj.path, fmt::format("prog '{}': instruction {} is cut off", prog->name, use.insn), EINVAL);
      use.value = value_before(before);
      use.first_alike =
          asked.try_emplace({r.type_id, r.kind, obj.btf->string(r.access_str_off)}, uses.size()).first->second;
      add_source(obj, lines, r.insn_off, use);
      uses.push_back(std::move(use));
    }
  }
  return uses;
}

std::vector<CoreOutcome> core_outcomes(const Object& obj, const std::vector<CoreUse>& uses, const Target& target) {
  std::vector<const btf::Btf*> modules;
  for (const ModuleBtf& m : target.modules) modules.push_back(m.btf.get());
  core_reloc::Candidates candidates(*target.btf, std::move(modules));
  std::map<size_t, Result<core_reloc::Fixup>> fixes;  // by the first that asks so
  std::vector<CoreOutcome> out;
  out.reserve(uses.size());
  for (size_t i = 0; i < uses.size(); i++) {
    const CoreUse& use = uses[i];
    CoreOutcome o = use.first_alike == i ? CoreOutcome() : out[use.first_alike];
    if (use.first_alike == i) {
      auto fix = core_reloc::calculate(use.local, candidates, obj.endian == Endian::little);
      if (fix) describe(use, *fix, target, o);
      fixes.emplace(i, std::move(fix));
    }
    apply(use, fixes.at(use.first_alike), o);
    out.push_back(std::move(o));
  }
  return out;
}

}  // namespace bpfcheck::loader
