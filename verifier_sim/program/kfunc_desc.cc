// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kfunc_desc.h.
#include "verifier_sim/program/kfunc_desc.h"

#include <unordered_map>

#include "verifier_sim/program/insn_kind.h"
#include "verifier_sim/program/passed_size.h"

namespace bpfcheck::sim {
namespace {

constexpr size_t MAX_KFUNC_DESCS = 256;

SpecialKfunc special_kfunc(std::string_view name) {
  static const std::unordered_map<std::string_view, SpecialKfunc> by_name = {
#define SPECIAL_KFUNC(name, ...) {#name, SpecialKfunc::name},
#include "kernel_db/special_kfuncs.def"
#undef SPECIAL_KFUNC
  };
  auto it = by_name.find(name);
  return it == by_name.end() ? SpecialKfunc::none : it->second;
}

bool is_metadata_kfunc(std::string_view name) {
  return name == "bpf_xdp_metadata_rx_timestamp" || name == "bpf_xdp_metadata_rx_hash" ||
         name == "bpf_xdp_metadata_rx_vlan_tag";
}

/// The BTF that a call's offset names; nullptr and *err where none.
const btf::Btf* find_kfunc_desc_btf(const Program& prog, Notes& notes, s16 offset, Stop* err) {
  const auto& btfs = prog.linked.btfs;
  if (!offset && prog.target.btf) return prog.target.btf.get();
  if (!offset)
    *err = Stop::refused(ENOENT);
  else if (offset < 0)
    *err = notes.reject(Msg::KfuncNegativeOffset);
  else if (btfs.size() < 2)
    *err = notes.reject(Msg::KfuncNoFdArray);
  else if (static_cast<size_t>(offset) >= btfs.size() || !btfs[static_cast<size_t>(offset)])
    *err = notes.reject(Msg::KfuncBadModuleBtf);
  else
    return btfs[static_cast<size_t>(offset)].get();
  return nullptr;
}

std::string_view type_kind(const btf::Btf& btf, u32 id) {
  return btf::kind_name(btf.type(btf.skip_mods_and_typedefs(id)).kind());
}

Stop btf_distill_func_proto(Notes& notes, const btf::Btf& btf, btf::Type proto, std::string_view name) {
  if (proto.vlen() > MAX_FUNC_ARGS) return notes.reject(Msg::FuncTooManyArgs, name, proto.vlen());
  const btf::Type ret = btf.type(btf.skip_mods_and_typedefs(proto.type()));
  if (!passed_size(btf, proto.type()) || ret.is_composite())
    return notes.reject(Msg::FuncReturnUnsupported, name, btf::kind_name(ret.kind()));
  for (u32 i = 0; i < proto.vlen(); i++) {
    const u32 type = proto.param(i).type;
    if (i == proto.vlen() - 1 && !type) return notes.reject(Msg::FuncVariadic, name);
    const std::optional<u64> size = passed_size(btf, type);
    if (!size || *size > 16) return notes.reject(Msg::FuncArgUnsupported, name, i, type_kind(btf, type));
    if (!*size) return notes.reject(Msg::FuncVoidArg, name);
  }
  return go_on;
}

Stop check_kfuncs_possible(const Program& prog, Notes& notes) {
  if (!prog.target.btf) return notes.reject(Msg::KfuncNoBtf);
  if (!prog.target.jit) return notes.reject(Msg::KfuncNeedsJit);
  if (!prog.linked.gpl_compatible) return notes.reject(Msg::KfuncGplOnly);
  return go_on;
}

}  // namespace

Stop add_kfunc_call(Program& prog, Notes& notes, u32 func_id, s16 offset) {
  if (!prog.kfuncs) {
    if (Stop stop = check_kfuncs_possible(prog, notes)) return stop;
    prog.kfuncs = std::make_unique<KfuncTable>();
  }
  if (!func_id && !offset) return go_on;
  Stop err;
  const btf::Btf* btf = find_kfunc_desc_btf(prog, notes, offset, &err);
  if (!btf) {
    notes.note(Msg::KfuncNoBtfFound);
    return err;
  }
  auto& descs = prog.kfuncs->descs;
  if (descs.contains({func_id, offset})) return go_on;
  if (descs.size() >= MAX_KFUNC_DESCS) return notes.reject(Msg::KfuncTooMany);
  btf::Type func = btf->type(func_id);
  if (!func.is(btf::Kind::Func)) return notes.reject(Msg::KfuncNotAFunction, func_id);
  btf::Type proto = btf->type(func.type());
  if (!proto.is(btf::Kind::FuncProto)) return notes.reject(Msg::KfuncNoProto, func_id);
  if (is_metadata_kfunc(func.name())) return notes.reject(Msg::KfuncNotDeviceBound);
  KfuncDesc desc{btf, func.type(), offset ? SpecialKfunc::none : special_kfunc(func.name()),
                 kfunc_entry(prog.target, *btf, func_id)};
  if (desc.entry.unknown) return notes.unsupported("kernel function that no table lists: " + std::string(func.name()));
  descs.emplace(std::pair{func_id, offset}, desc);
  return btf_distill_func_proto(notes, *btf, proto, func.name());
}

Stop fetch_kfunc_meta(const Program& prog, const Insn* insn, KfuncMeta* meta) {
  if (!insn->imm || !prog.kfuncs) return Stop::refused(EINVAL);
  auto it = prog.kfuncs->descs.find({static_cast<u32>(insn->imm), insn->off});
  if (it == prog.kfuncs->descs.end()) return Stop::refused(EINVAL);
  const KfuncDesc& desc = it->second;
  *meta = KfuncMeta{};
  meta->btf = desc.btf;
  meta->func_id = static_cast<u32>(insn->imm);
  meta->func_proto_id = desc.func_proto_id;
  meta->func_name = desc.entry.name;
  meta->special = desc.special;
  auto flags = kfunc_flags(prog.target, desc.entry, prog.helper_context());
  if (!flags) return Stop::refused(EACCES);
  meta->kfunc_flags = *flags;
  return go_on;
}

SpecialKfunc special_kfunc_of(const Program& prog, const Insn* insn) {
  if (!prog.kfuncs || !bpf_pseudo_kfunc_call(insn)) return SpecialKfunc::none;
  auto it = prog.kfuncs->descs.find({static_cast<u32>(insn->imm), insn->off});
  return it == prog.kfuncs->descs.end() ? SpecialKfunc::none : it->second.special;
}

Stop check_unresolved_kfuncs(const Program& prog, Notes& notes) {
  for (u32 i = 0; i < prog.insns.size(); i++)
    if (bpf_pseudo_kfunc_call(&prog.insns[i]) && !prog.insns[i].imm && prog.aux[i].seen)
      return notes.reject(Msg::KfuncNotEliminated);
  return go_on;
}

}  // namespace bpfcheck::sim
