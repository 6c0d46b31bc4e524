// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See call_access.h.
#include "verifier_sim/flow/call_access.h"

#include <algorithm>
#include <optional>

#include "verifier_sim/flow/subprogs.h"
#include "verifier_sim/program/kfunc_desc.h"

namespace bpfcheck::sim {
namespace {

constexpr s64 dynptr_size = 16;

bool is_size(u32 arg_type) {
  return base_type(arg_type) == ARG_CONST_SIZE || base_type(arg_type) == ARG_CONST_SIZE_OR_ZERO;
}

/// The constant in the register of argument `arg`.
std::optional<s64> constant_arg(const ConstRegs& regs, u32 arg) {
  if (arg + 1 >= regs.vals.size() || !(regs.consts >> (arg + 1) & 1)) return std::nullopt;
  return s64{regs.vals[arg + 1]};
}

/// The size of the known map's key or value; where the map is not known, the largest of any.
s64 map_bytes(const Program& prog, const HelperProto& fn, const ConstRegs& regs, u32 arg, bool key) {
  auto size_of = [&](const loader::MapDef& def) { return s64{key ? def.key_size : def.value_size}; };
  for (u32 i = 0; i < arg; i++) {
    if (base_type(fn.arg[i]) != ARG_CONST_MAP_PTR) continue;
    if (regs.maps >> (i + 1) & 1) return size_of(*prog.maps[regs.vals[i + 1]]->def);
    break;
  }
  s64 most = 0;
  for (const auto& map : prog.maps) {
    if (!map) continue;
    most = std::max(most, size_of(*map->def));
    if (map->inner) most = std::max(most, size_of(*map->inner->def));
  }
  return most ? most : UNKNOWN_ACCESS;
}

s64 helper_bytes(const Program& prog, const Insn& insn, const ConstRegs& regs, u32 arg) {
  const HelperProto* fn = helper_proto(prog.target, prog.helper_context(), static_cast<u32>(insn.imm));
  if (!fn) return UNKNOWN_ACCESS;
  const u32 type = fn->arg[arg];
  s64 size = 0;
  switch (base_type(type)) {
    case ARG_PTR_TO_MAP_KEY:
    case ARG_PTR_TO_MAP_VALUE:
      size = map_bytes(prog, *fn, regs, arg, base_type(type) == ARG_PTR_TO_MAP_KEY);
      break;
    case ARG_PTR_TO_MEM:
      if (type & MEM_FIXED_SIZE) {
        size = fn->arg_size[arg];
      } else if (arg + 1 < fn->arg.size() && is_size(fn->arg[arg + 1])) {
        const auto known = constant_arg(regs, arg + 1);
        if (!known) return type & MEM_UNINIT ? 0 : bpf::MAX_STACK;
        size = *known;
      } else {
        return UNKNOWN_ACCESS;
      }
      break;
    case ARG_PTR_TO_DYNPTR:
      size = dynptr_size;
      break;
    case ARG_PTR_TO_STACK:  // for the callback, which is looked at by itself
      return 0;
    default:
      return UNKNOWN_ACCESS;
  }
  return type & MEM_UNINIT && size != UNKNOWN_ACCESS ? -size : size;
}

s64 kfunc_bytes(const Program& prog, const Insn& insn, const ConstRegs& regs, u32 arg) {
  KfuncMeta meta;
  if (fetch_kfunc_meta(prog, &insn, &meta)) return UNKNOWN_ACCESS;
  const btf::Btf& b = *meta.btf;
  const btf::Type proto = meta.func_proto();
  if (arg >= proto.vlen()) return 0;
  const btf::Type type = b.type(b.skip_mods_and_typedefs(proto.param(arg).type));
  if (!type.is(btf::Kind::Ptr)) return 0;
  const btf::Type pointee = b.type(b.skip_mods_and_typedefs(type.type()));
  s64 size = 0;
  auto ends = [&](u32 i, std::string_view suffix) { return std::string_view(proto.param(i).name).ends_with(suffix); };
  if (pointee.is(btf::Kind::Struct) && pointee.name() == "bpf_dynptr") {
    size = dynptr_size;
  } else if (arg + 1 < proto.vlen() && (ends(arg + 1, "__sz") || ends(arg + 1, "__szk"))) {
    const auto known = constant_arg(regs, arg + 1);
    if (!known) return bpf::MAX_STACK;
    size = *known;
  } else if (const auto bytes = b.size_of(pointee.id())) {
    size = static_cast<s64>(*bytes);
  } else {
    return UNKNOWN_ACCESS;
  }
  const bool written = (arg == 0 && is_iter_new_kfunc(&meta)) || ends(arg, "__uninit");
  return written ? -size : size;
}

}  // namespace

s64 call_access_bytes(const Program& prog, u32 insn_idx, u32 arg) {
  const Insn& insn = prog.insns[insn_idx];
  const ConstRegs& regs = prog.const_regs[insn_idx];
  return bpf_helper_call(&insn) ? helper_bytes(prog, insn, regs, arg) : kfunc_bytes(prog, insn, regs, arg);
}

}  // namespace bpfcheck::sim
