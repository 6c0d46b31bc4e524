// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ld_imm.h.
#include "verifier_sim/transfer/ld_imm.h"

#include "verifier_sim/flow/subprogs.h"
#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/transfer/reg_access.h"

namespace bpfcheck::sim {

Stop check_ld_imm(Env& env, const Insn* ip) {
  const Insn insn = *ip;
  const InsnAux& aux = *env.cur_aux();
  if (insn.size() != bpf::DW) return env.reject(Msg::InvalidLdImm);
  if (insn.off != 0) return env.reject(Msg::LdImm64ReservedFields);
  if (Stop stop = check_reg_arg(env, insn.dst, DST_OP)) return stop;
  Reg* regs = env.path.cur_regs();
  Reg* dst = &regs[insn.dst];
  switch (insn.src) {
    case 0: {
      const u64 high = static_cast<u32>(env.prog.insns[env.path.insn_idx + 1].imm);
      dst->type = SCALAR_VALUE;
      mark_reg_known_raw(dst, (high << 32) | static_cast<u32>(insn.imm));
      return go_on;
    }
    case bpf::PSEUDO_BTF_ID:
      mark_reg_known_zero(regs, insn.dst);
      dst->type = aux.btf_var_type;
      if (dst->base() == PTR_TO_MEM) {
        dst->u.mem_size = aux.btf_var_mem_size;
      } else {
        dst->u.btf = aux.btf_var_btf;
        dst->u.btf_id = aux.btf_var_id;
      }
      return go_on;
    case bpf::PSEUDO_FUNC: {
      mark_reg_known_zero(regs, insn.dst);
      const std::optional<u32> subprog = find_subprog(env.prog, static_cast<int>(env.path.insn_idx) + insn.imm + 1);
      if (!subprog) return env.unsupported("verifier bug: a function's address that is no subprogram's");
      if (env.prog.linked.func_info.empty()) return env.reject(Msg::MissingFuncInfo);
      if (env.prog.subprogs[*subprog].linkage != static_cast<u32>(btf::Linkage::Static))
        return env.reject(Msg::CallbackNotStatic);
      if (!*subprog && env.target.has(Feature::main_not_called_back)) return env.reject(Msg::CallbackIsMain);
      dst->type = PTR_TO_FUNC;
      dst->u.subprogno = *subprog;
      return go_on;
    }
    default:
      break;
  }
  mark_reg_known_zero(regs, insn.dst);
  const Map* map = env.prog.maps[aux.map_index].get();
  dst->u.map = map;
  if (insn.src == bpf::PSEUDO_MAP_FD) {
    dst->type = CONST_PTR_TO_MAP;
    return go_on;
  }
  if (map->def->type == MapType::ARENA) {
    mark_reg_unknown_raw(env.prog.may, dst);
    return go_on;
  }
  dst->type = PTR_TO_MAP_VALUE;
  dst->off = static_cast<s32>(aux.map_off);
  return go_on;
}

}  // namespace bpfcheck::sim
