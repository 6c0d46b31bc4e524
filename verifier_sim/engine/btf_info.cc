// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See btf_info.h.
#include "verifier_sim/engine/btf_info.h"

#include <algorithm>

#include "verifier_sim/flow/cfg.h"

namespace bpfcheck::sim {

Stop check_btf_info_early(Env& env) {
  const auto& info = env.prog.linked.func_info;
  if (info.empty()) return go_on;
  if (!env.prog.linked.btf) return Stop::refused(EINVAL);
  u32 prev = 0;
  for (u32 i = 0; i < info.size(); i++) {
    if (i == 0 && info[i].insn_off) return env.reject(Msg::FuncInfoNonzeroFirst, info[i].insn_off);
    if (i > 0 && info[i].insn_off <= prev) return env.reject(Msg::FuncInfoNotAscending, info[i].insn_off, prev);
    btf::Type t = env.prog.linked.btf->type(info[i].type_id);
    if (!t.is(btf::Kind::Func)) return env.reject(Msg::FuncInfoInvalidType, info[i].type_id);
    if (!env.prog.linked.btf->type(t.type()).is(btf::Kind::FuncProto)) return Stop::refused(EINVAL);
    prev = info[i].insn_off;
  }
  return go_on;
}

Stop check_btf_info(Env& env) {
  const auto& info = env.prog.linked.func_info;
  if (info.empty()) return check_abnormal_return(env.prog, env.notes);
  if (info.size() != env.prog.subprog_cnt) return env.reject(Msg::FuncInfoCount);
  if (!env.laws.passes.func_info_early)
    if (Stop stop = check_btf_info_early(env)) return stop;
  for (u32 i = 0; i < info.size(); i++) {
    if (env.prog.subprogs[i].start != info[i].insn_off) return env.reject(Msg::FuncInfoLayout);
    btf::Type t = env.prog.linked.btf->type(info[i].type_id);
    auto hidden =
        std::ranges::find(env.prog.linked.btf_static_funcs, info[i].type_id) != env.prog.linked.btf_static_funcs.end();
    env.prog.subprogs[i].linkage = hidden ? static_cast<u32>(btf::Linkage::Static) : static_cast<u32>(t.linkage());
    btf::Type ret = env.prog.linked.btf->type(
        env.prog.linked.btf->skip_mods_and_typedefs(env.prog.linked.btf->type(t.type()).type()));
    const bool scalar = ret.is(btf::Kind::Int) || ret.is_any_enum();
    if (i && !scalar && env.prog.subprogs[i].has_ld_abs) return env.reject(Msg::LdAbsNonInt);
    if (i && !scalar && env.prog.subprogs[i].has_tail_call) return env.reject(Msg::TailCallNonInt);
  }
  return go_on;
}

}  // namespace bpfcheck::sim
