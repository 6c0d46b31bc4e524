// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ld_abs.h.
#include "verifier_sim/calls/ld_abs.h"

#include "verifier_sim/calls/resource_leak.h"
#include "verifier_sim/calls/subprog_call.h"
#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/transfer/reg_access.h"

namespace bpfcheck::sim {

Expected<u32> check_ld_abs(Env& env, const Insn* ip) {
  const Insn insn = *ip;
  constexpr u32 ctx_reg = 6;
  if (env.prog.type != ProgType::SOCKET_FILTER && env.prog.type != ProgType::SCHED_CLS &&
      env.prog.type != ProgType::SCHED_ACT)
    return std::unexpected(env.reject(Msg::LdAbsNotAllowed));
  if (env.target.has(Feature::loads_outside_callbacks))
    for (u32 f = env.path.cur_state->curframe; f; f--)
      if (env.path.cur_state->frame[f]->in_callback_fn) return std::unexpected(env.reject(Msg::LdAbsInCallback));
  const bool indirect = insn.mode() == bpf::IND;
  if (insn.dst || insn.off || insn.size() == bpf::DW || (!indirect && insn.src))
    return std::unexpected(env.reject(Msg::LdAbsReservedFields));
  if (Stop stop = check_reg_arg(env, ctx_reg, SRC_OP)) return std::unexpected(stop);
  if (Stop stop = check_resource_leak(env, false, true, "BPF_LD_[ABS|IND]")) return std::unexpected(stop);
  Reg* regs = env.path.cur_regs();
  if (regs[ctx_reg].type != PTR_TO_CTX) return std::unexpected(env.reject(Msg::LdAbsR6NotSkb));
  if (indirect)
    if (Stop stop = check_reg_arg(env, insn.src, SRC_OP)) return std::unexpected(stop);
  if (Stop stop = check_ptr_off_reg(env, &regs[ctx_reg], ctx_reg)) return std::unexpected(stop);
  for (u32 i = 0; i <= 5; i++) {
    mark_reg_not_init(env.prog.may, regs, i);
    if (Stop stop = check_reg_arg(env, i, DST_OP_NO_MARK)) return std::unexpected(stop);
  }
  mark_reg_unknown(env.prog.may, regs, 0);
  if (!env.path.cur_state->curframe || !env.target.has(Feature::load_may_leave)) return env.path.insn_idx + 1;
  // A load past the packet's end ends the program; in a subprogram it returns 0 to the caller.
  if (!push_stack(env, static_cast<int>(env.path.insn_idx) + 1, static_cast<int>(env.path.insn_idx), false))
    return std::unexpected(Stop::refused(EFAULT));
  mark_reg_known_zero(regs, 0);
  return prepare_func_exit(env);
}

}  // namespace bpfcheck::sim
