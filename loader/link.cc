// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See link.h (bpf_object__relocate, bpf_object__reloc_code, libbpf_prepare_prog_load: libbpf 1.7).
#include "loader/link.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core_reloc/fixup.h"
#include "loader/attach_target.h"
#include "loader/externs_in_kernel.h"
#include "loader/kconfig.h"
#include "loader/libbpf_errno.h"
#include "loader/load/ctx_args.h"
#include "loader/map_defs.h"
#include "loader/struct_ops.h"

namespace bpfcheck::loader {
namespace {

constexpr s32 poisoned_map = 2001000000, poisoned_kfunc = 2002000000;
/// The licences that may call GPL-only functions (license_is_gpl_compatible, include/linux/license.h).
bool gpl_compatible(std::string_view l) {
  return l == "GPL" || l == "GPL v2" || l == "GPL and additional rights" || l == "Dual BSD/GPL" ||
         l == "Dual MIT/GPL" || l == "Dual MPL/GPL";
}

class Linker {
 public:
  Linker(const Object& obj, const ObjectProgram& prog, const Target& target, const Kernel& kernel)
      : obj_(obj),
        main_(prog),
        target_(target),
        kernel_(kernel),
        code_(obj.programs.size()),
        placed_at_(obj.programs.size(), 0),
        unknown_(obj.externs.size()) {}

  Result<LinkedProgram> run() {
    out_.name = main_.name;
    out_.section = main_.section;
    out_.type = main_.type;
    out_.expected_attach_type = main_.expected_attach_type;
    out_.flags = main_.flags;
    out_.license = obj_.license;
    out_.gpl_compatible = gpl_compatible(obj_.license);
    out_.btfs.push_back(target_.btf);
    for (const ModuleBtf& m : target_.modules) out_.btfs.push_back(m.btf);
    take_btf(obj_.btf);

    // In libbpf's order (bpf_object_prepare, bpf_object_load_prog), so that the first thing wrong is the one it names.
    BPFCHECK_TRY(take_maps());
    BPFCHECK_ASSIGN(externs_, resolve_externs(obj_, main_, target_, out_.btfs, unknown_));
    BPFCHECK_TRY(init_struct_ops());
    BPFCHECK_TRY(apply_core());
    const size_t main_index = static_cast<size_t>(&main_ - obj_.programs.data());
    BPFCHECK_TRY(place(main_index));
    BPFCHECK_TRY(append_exception_callback());
    note_unknown_externs();
    BPFCHECK_TRY(check_jump_tables());
    patch_data();
    read_kernel_memory_the_old_way();
    type_context_arguments();
    BPFCHECK_TRY(create_maps());
    BPFCHECK_TRY(find_attach_target(obj_, main_, target_, struct_ops_slots_, out_));
    for (auto& m : maps_) out_.maps.push_back(std::move(m));
    for (const ObjectProgram& p : obj_.programs)
      if (p.hidden && out_.btf)
        if (auto id = out_.btf->find(p.name, btf::Kind::Func)) out_.btf_static_funcs.push_back(*id);
    return std::move(out_);
  }

 private:
  std::unexpected<Error> bad(std::string what, int errnum) const {
    return fail(place_of(obj_, main_), std::move(what), errnum);
  }

  /// Without BTF where the kernel would refuse it.
  void take_btf(const btf::BtfPtr& btf) {
    if (!btf || !obj_.btf_taken || !target_.caps.has_bpf()) return;  // only CAP_BPF may load BTF
    LoadedBtf loaded = kernel_.load_btf(btf);
    out_.btf = std::move(loaded.btf);
    out_.struct_metas = std::move(loaded.metas);
  }

  // --- externs

  /// What is not known matters to a program that uses it, and to all where libbpf may refuse the object for it.
  void note_unknown_externs() {
    std::vector<bool> used(obj_.externs.size());
    for (size_t index : placed_)
      for (const Reloc& r : obj_.programs[index].relocs)
        if (r.extern_idx >= 0) used[static_cast<u32>(r.extern_idx)] = true;
    for (size_t i = 0; i < obj_.externs.size(); i++)
      if (unknown_[i] && (used[i] || unknown_[i]->may_refuse)) out_.unknown.push_back(std::move(unknown_[i]->fact));
    if (!out_.unknown.empty()) out_.undecided = how_to_tell(out_.unknown[0].kind, out_.unknown[0].name);
    for (size_t i = 0; i < externs_.size(); i++)
      if (used[i] && externs_[i].unplaced) {
        out_.unknown.push_back(image_fact());
        break;
      }
  }

  // --- maps

  Result<void> take_maps() {
    for (const auto& m : obj_.maps) maps_.push_back(std::make_shared<MapDef>(*m));
    if (obj_.kconfig_map_idx < 0) return {};
    BPFCHECK_ASSIGN(unknown_, fill_kconfig(obj_, target_, *maps_[static_cast<u32>(obj_.kconfig_map_idx)]));
    return {};
  }

  Result<void> init_struct_ops() {
    for (auto& m : maps_)
      if (m->type == MapType::STRUCT_OPS && m->autocreate)
        BPFCHECK_TRY(init_kern_struct_ops(*obj_.btf, *m, out_.btfs, struct_ops_slots_));
    return {};
  }

  Result<void> create_maps() {
    for (auto& m : maps_) {
      if (!m->autocreate) continue;
      settle_size(*m);
      BPFCHECK_TRY(kernel_.create_map(*m, {out_.btf, out_.struct_metas}));
    }
    return {};
  }

  // --- CO-RE

  size_t program_at(std::string_view section, u32 insn) const {
    for (size_t i = 0; i < obj_.programs.size(); i++) {
      const ObjectProgram& p = obj_.programs[i];
      if (section == p.elf_section && insn >= p.sec_insn_off && insn < p.sec_insn_off + p.insns.size()) return i;
    }
    return obj_.programs.size();
  }

  Result<void> apply_core() {
    for (size_t i = 0; i < obj_.programs.size(); i++)
      if (!obj_.programs[i].entry || &obj_.programs[i] == &main_) code_[i] = obj_.programs[i].insns;
    if (obj_.ext.core_relos.empty() || !target_.btf) return {};
    std::vector<const btf::Btf*> modules;
    for (const ModuleBtf& m : target_.modules) modules.push_back(m.btf.get());
    core_reloc::Candidates candidates(*target_.btf, std::move(modules));
    for (const auto& sec : obj_.ext.core_relos)
      for (const auto& r : sec.records) {
        size_t p = program_at(sec.section, r.insn_off / 8);
        if (p == obj_.programs.size() || code_[p].empty()) continue;
        const u32 idx = r.insn_off / 8 - obj_.programs[p].sec_insn_off;
        if (r.kind >= core_reloc::kind_count)
          return bad(fmt::format("CO-RE relocation of unknown kind {}", r.kind), EOPNOTSUPP);
        auto kind = static_cast<core_reloc::Kind>(r.kind);
        auto spec = core_reloc::parse_spec(*obj_.btf, r.type_id, obj_.btf->string(r.access_str_off), kind);
        if (!spec) return bad(spec.error().text(), EINVAL);
        auto fix = core_reloc::calculate(*spec, candidates, obj_.endian == Endian::little);
        if (!fix) return bad(fix.error().text(), fix.error().errnum);
        bool poisoned = false;
        if (auto ok = core_reloc::apply(*fix, kind, code_[p], idx, poisoned); !ok)
          return bad(ok.error().text(), ok.error().errnum);
        if (poisoned) poisons_.push_back({p, {idx, fix->spec, *spec, fix->target.has_value()}});
      }
    return {};
  }

  // --- code

  const Reloc* reloc_at(const ObjectProgram& p, u32 idx) const {
    auto it = std::ranges::lower_bound(p.relocs, idx, {}, &Reloc::insn_idx);
    return it != p.relocs.end() && it->insn_idx == idx ? &*it : nullptr;
  }

  size_t text_program(s64 insn) const {
    for (size_t i = 0; i < obj_.programs.size(); i++) {
      const ObjectProgram& p = obj_.programs[i];
      if (!p.entry && insn >= p.sec_insn_off && insn < static_cast<s64>(p.sec_insn_off + p.insns.size())) return i;
    }
    return obj_.programs.size();
  }

  Result<void> place(size_t index) {
    const ObjectProgram& p = obj_.programs[index];
    const u32 base = placed_at_[index] = static_cast<u32>(out_.insns.size());
    placed_.push_back(index);
    out_.insns.insert(out_.insns.end(), code_[index].begin(), code_[index].end());
    BPFCHECK_TRY(carry_info(p, base));
    for (u32 i = 0; i < p.insns.size(); i++) {
      const Insn insn = out_.insns[base + i];
      const bool call = insn.code == (bpf::JMP | bpf::CALL) && insn.src == bpf::PSEUDO_CALL;
      const bool func = insn.code == bpf::LD_IMM64 && insn.src == bpf::PSEUDO_FUNC;
      const bool map =
          insn.code == bpf::LD_IMM64 && (insn.src == bpf::PSEUDO_MAP_FD || insn.src == bpf::PSEUDO_MAP_VALUE);
      if (map && insn.imm >= 0 && !reloc_at(p, i)) out_.insns[base + i].imm = -1 - insn.imm;
      if (!call && !func) continue;
      const Reloc* r = reloc_at(p, i);
      if (r && r->kind == RelocKind::ExternCall) continue;
      if (r && r->kind != RelocKind::Call && r->kind != RelocKind::LdFuncPtr)
        return bad(fmt::format("unexpected relocation of instruction {}", i), LIBBPF_ERRNO_RELOC);
      if (!r && func) return bad(fmt::format("missing subprog addr relo for insn #{}", i), LIBBPF_ERRNO_RELOC);
      s64 to = r ? (r->kind == RelocKind::Call ? r->sym_off / 8 + insn.imm + 1 : (r->sym_off + insn.imm) / 8)
                 : static_cast<s64>(p.sec_insn_off) + i + insn.imm + 1;
      size_t callee = text_program(to);
      if (callee == obj_.programs.size())
        return bad("no .text section found yet sub-program call exists", LIBBPF_ERRNO_RELOC);
      if (placed_at_[callee] == 0) BPFCHECK_TRY(place(callee));
      out_.insns[base + i].imm = static_cast<s32>(placed_at_[callee]) - static_cast<s32>(base + i) - 1;
    }
    return {};
  }

  template <class Rec>
  static const std::vector<Rec>* records_of(const std::vector<btf::ExtSection<Rec>>& sections, std::string_view name) {
    for (const auto& s : sections)
      if (s.section == name) return &s.records;
    return nullptr;
  }

  /// Func and line info of a function, moved to its place. Where the main program has none, no function's is kept.
  Result<void> carry_info(const ObjectProgram& p, u32 base) {
    const bool is_main = &p == &main_;
    if (!out_.btf || (!is_main && out_.func_info.empty())) return {};
    const u32 from = p.sec_insn_off, to = from + static_cast<u32>(p.insns.size());
    auto carry = [&](const auto* records, auto& out, auto make) {
      if (!records) return false;
      bool any = false;
      for (const auto& r : *records) {
        u32 at = r.insn_off / 8;
        if (at < from || at >= to) continue;
        out.push_back(make(r, at - from + base));
        any = true;
      }
      return any;
    };
    bool funcs = carry(records_of(obj_.ext.funcs, p.elf_section), out_.func_info,
                       [](const auto& r, u32 at) { return FuncInfo{at, r.type_id}; });
    if (!funcs && !is_main && !out_.func_info.empty())
      return bad(fmt::format("missing .BTF.ext function info for '{}'", p.name), ENOENT);
    if (is_main || !out_.line_info.empty())
      carry(records_of(obj_.ext.lines, p.elf_section), out_.line_info,
            [](const auto& r, u32 at) { return LineInfo{at, r.file_name_off, r.line_off, r.line, r.col}; });
    return {};
  }

  /// bpf_prog_assign_exc_cb: the tag exception_callback:NAME on the main program's function.
  Result<void> append_exception_callback() {
    if (!obj_.btf) return {};
    constexpr std::string_view prefix = "exception_callback:";
    std::optional<size_t> callback;
    for (u32 id = 1; id < obj_.btf->type_count(); id++) {
      const btf::Type tag = obj_.btf->type(id);
      if (!tag.is(btf::Kind::DeclTag) || tag.component_idx() != -1 || !tag.name().starts_with(prefix)) continue;
      const btf::Type func = obj_.btf->type(tag.type());
      if (!func.is(btf::Kind::Func) || func.linkage() != btf::Linkage::Global)
        return bad("exception_callback:<value> decl tag not applied to the main program", EINVAL);
      if (func.name() != main_.name) continue;
      if (callback) return {};  // the verifier refuses two
      const std::string_view name = tag.name().substr(prefix.size());
      if (name.empty()) return bad("exception_callback:<value> decl tag contains empty value", EINVAL);
      size_t i = 0;
      while (i < obj_.programs.size() && (obj_.programs[i].entry || obj_.programs[i].name != name)) i++;
      if (i == obj_.programs.size()) return bad(fmt::format("cannot find exception callback '{}'", name), ENOENT);
      if (!obj_.programs[i].is_global || obj_.programs[i].hidden)
        return bad(fmt::format("exception callback {} must be a global non-hidden function", name), EINVAL);
      callback = i;
    }
    if (callback && placed_at_[*callback] == 0) BPFCHECK_TRY(place(*callback));
    return {};
  }

  /// A jump table is a map of its own, which older kernels do not have.
  Result<void> check_jump_tables() {
    for (size_t index : placed_)
      for (const Reloc& r : obj_.programs[index].relocs) {
        if (r.kind != RelocKind::JumpTable) continue;
        if (target_.btf && !target_.has_enumerator("bpf_map_type", "BPF_MAP_TYPE_INSN_ARRAY"))
          return bad(fmt::format("can't create jump table: sym_off {}", r.sym_off), EINVAL);
        if (out_.undecided.empty()) out_.undecided = "jump tables";
      }
    return {};
  }

  void patch_data() {
    for (size_t index : placed_) {
      const ObjectProgram& p = obj_.programs[index];
      for (const Reloc& r : p.relocs) {
        const u32 at = placed_at_[index] + r.insn_idx;
        Insn* insn = &out_.insns[at];
        switch (r.kind) {
          case RelocKind::LdMap:
          case RelocKind::LdMapValue: {
            const MapDef& m = *maps_[static_cast<u32>(r.map_idx)];
            if (!m.autocreate) {
              insn[0] = insn[1] = Insn{.code = bpf::JMP | bpf::CALL, .imm = poisoned_map + r.map_idx};
              break;
            }
            if (r.kind == RelocKind::LdMapValue) insn[1].imm = insn[0].imm + static_cast<s32>(r.sym_off);
            insn[0].src = (r.kind == RelocKind::LdMap ? bpf::PSEUDO_MAP_FD : bpf::PSEUDO_MAP_VALUE) & 0xf;
            insn[0].imm = r.map_idx;
            break;
          }
          case RelocKind::ExternKconfig:
            insn[0].src = bpf::PSEUDO_MAP_VALUE;
            insn[0].imm = obj_.kconfig_map_idx;
            insn[1].imm = static_cast<s32>(obj_.externs[static_cast<u32>(r.extern_idx)].data_off);
            break;
          case RelocKind::ExternLdKsym: {
            const ResolvedExtern& e = externs_[static_cast<u32>(r.extern_idx)];
            if (e.btf_id) {
              insn[0].src = bpf::PSEUDO_BTF_ID;
              insn[0].imm = static_cast<s32>(e.btf_id);
              insn[1].imm = static_cast<s32>(e.btf_index);
            } else {
              insn[0].imm = static_cast<s32>(e.address);
              insn[1].imm = static_cast<s32>(e.address >> 32);
            }
            break;
          }
          case RelocKind::ExternCall: {
            const ResolvedExtern& e = externs_[static_cast<u32>(r.extern_idx)];
            if (e.set) {
              insn->src = bpf::PSEUDO_KFUNC_CALL;
              insn->imm = static_cast<s32>(e.btf_id);
              insn->off = static_cast<s16>(e.btf_index);
            } else {
              *insn = Insn{.code = bpf::JMP | bpf::CALL, .imm = poisoned_kfunc + r.extern_idx};
              out_.missing_kfuncs.push_back({at, obj_.externs[static_cast<u32>(r.extern_idx)].name});
            }
            break;
          }
          default:
            break;
        }
      }
    }
    for (const PoisonedInsn& p : poisons_)
      if (std::ranges::find(placed_, p.program) != placed_.end()) {
        out_.poisons.push_back(p.poison);
        out_.poisons.back().insn_idx += placed_at_[p.program];
      }
  }

  /// bpf_object__sanitize_prog: before 5.5 one helper read the memory of both, the kernel and the user.
  void read_kernel_memory_the_old_way() {
    if (target_.has_enumerator("bpf_func_id", "BPF_FUNC_probe_read_kernel") ||
        !target_.has_enumerator("bpf_func_id", "BPF_FUNC_probe_read"))
      return;
    enum Helper : s32 {
      probe_read = 4,
      probe_read_str = 45,
      probe_read_user = 112,
      probe_read_kernel = 113,
      probe_read_user_str = 114,
      probe_read_kernel_str = 115
    };
    for (Insn& i : out_.insns) {
      if (i.code != (bpf::JMP | bpf::CALL) || i.src || i.dst) continue;
      if (i.imm == probe_read_kernel || i.imm == probe_read_user) i.imm = probe_read;
      if (i.imm == probe_read_kernel_str || i.imm == probe_read_user_str) i.imm = probe_read_str;
    }
  }

  void type_context_arguments() {  // bpf_program_fixup_func_info
    const bool by_type = out_.btf && !target_.has(Feature::global_arg_tags);
    auto typed = by_type ? type_ctx_args(obj_, main_.type, target_.arch, out_.func_info) : std::nullopt;
    const auto btf = typed ? btf::Btf::parse(Blob::own(std::move(typed->btf)), {.validate = false}) : btf::BtfPtr();
    if (!typed || !btf) return;
    out_.untyped_func_info = std::exchange(out_.func_info, std::move(typed->func_info));
    take_btf(*btf);
  }

  struct PoisonedInsn {
    size_t program;
    Poison poison;
  };

  const Object& obj_;
  const ObjectProgram& main_;
  const Target& target_;
  const Kernel& kernel_;
  LinkedProgram out_;
  std::vector<std::shared_ptr<MapDef>> maps_;  ///< out_.maps in the making
  std::vector<StructOpsSlot> struct_ops_slots_;
  std::vector<Insns> code_;     ///< by program, CO-RE applied
  std::vector<u32> placed_at_;  ///< by program; 0: not placed, or the main program
  std::vector<size_t> placed_;
  UnknownExterns unknown_;
  std::vector<ResolvedExtern> externs_;
  std::vector<PoisonedInsn> poisons_;
};

}  // namespace

Result<LinkedProgram> link(const Object& object, const ObjectProgram& prog, const Target& target,
                           const Kernel& kernel) {
  return Linker(object, prog, target, kernel).run();
}

}  // namespace bpfcheck::loader
