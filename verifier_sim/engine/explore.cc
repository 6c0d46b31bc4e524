// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See explore.h.
#include "verifier_sim/engine/explore.h"

#include "verifier_sim/calls/callback.h"
#include "verifier_sim/calls/func_args.h"
#include "verifier_sim/calls/helper.h"
#include "verifier_sim/calls/kfunc.h"
#include "verifier_sim/calls/kfunc_graph.h"
#include "verifier_sim/calls/ld_abs.h"
#include "verifier_sim/calls/resource_leak.h"
#include "verifier_sim/calls/return_code.h"
#include "verifier_sim/calls/subprog_call.h"
#include "verifier_sim/flow/subprogs.h"
#include "verifier_sim/memory/access.h"
#include "verifier_sim/memory/dynptr_slots.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/program/call_kind.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/search/stack_liveness.h"
#include "verifier_sim/search/visited.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/reference.h"
#include "verifier_sim/transfer/alu.h"
#include "verifier_sim/transfer/atomic.h"
#include "verifier_sim/transfer/branch.h"
#include "verifier_sim/transfer/ld_imm.h"
#include "verifier_sim/transfer/load_store.h"
#include "verifier_sim/transfer/reg_access.h"
#include "verifier_sim/transfer/sanitize.h"

namespace bpfcheck::sim {
namespace {

/// Errors on a speculative path that a barrier before the instruction makes harmless.
bool recoverable_with_nospec(Stop stop) { return stop.is(EPERM) || stop.is(EACCES) || stop.is(EINVAL); }

/// Others have no write marks to collect.
bool may_write_stack(const Insn& i) {
  return i.cls() == bpf::ST || i.cls() == bpf::STX || i.code == (bpf::JMP | bpf::CALL);
}

/// Where a path goes on behind an instruction. Steps fill it in place: handed on by value at every instruction, it
/// would be written in parts and read as a whole, for which the processor waits.
struct Next {
  u32 insn_idx = 0;
  bool ends = false;      ///< the path has ended
  bool returned = false;  ///< to the caller's frame
};

Stop go_to(const Expected<u32>& insn_idx, Next& next) {
  if (!insn_idx) return insn_idx.error();
  next.insn_idx = *insn_idx;
  return go_on;
}

Stop end_path(Next& next) {
  next.ends = true;
  return go_on;
}

Stop process_exit(Env& env, bool exception_exit, Next& next) {
  const bool throws = exception_exit && env.target.has(Feature::throw_checks_leaks);
  const bool held_across_calls = env.target.has(Feature::locks_across_calls);
  const bool check_lock =
      throws || (held_across_calls ? !env.path.cur_state->curframe : !in_rbtree_lock_required_cb(env));
  if (Stop stop = check_resource_leak(env, exception_exit, check_lock,
                                      throws ? "bpf_throw" : "BPF_EXIT instruction in main prog"))
    return stop;
  if (exception_exit) return end_path(next);
  if (env.path.cur_state->curframe) {
    next.returned = true;
    return go_to(prepare_func_exit(env), next);
  }
  if (Stop stop = check_return_code(env, 0, "R0")) return stop;
  return end_path(next);
}

/// Behind a call, but for one of bpf_throw, which ends the path.
Expected<u32> follow_call(Env& env, const Insn& insn) {
  if (insn.src == bpf::PSEUDO_CALL) return check_func_call(env, &insn);
  if (insn.src != bpf::PSEUDO_KFUNC_CALL) return check_helper_call(env, &insn);
  if (Stop stop = check_kfunc_call(env, &insn)) return std::unexpected(stop);
  return env.path.insn_idx + 1;
}

/// The call is one of a global function that may throw.
bool may_throw_behind(const Env& env, const Insn& insn) {
  if (insn.src != bpf::PSEUDO_CALL || !env.target.has(Feature::global_functions_throw)) return false;
  const auto callee = find_subprog(env.prog, static_cast<int>(env.path.insn_idx) + insn.imm + 1);
  return callee && env.prog.subprog_is_global(*callee) && env.prog.subprogs[*callee].might_throw;
}

Stop check_call(Env& env, const Insn& insn, Next& next) {
  if (insn.src_is_reg() || (insn.src != bpf::PSEUDO_KFUNC_CALL && insn.off != 0) || insn.src > bpf::PSEUDO_KFUNC_CALL ||
      insn.dst != 0 || insn.cls() == bpf::JMP32 ||
      (insn.src == bpf::PSEUDO_KFUNC_CALL && !env.target.has(Feature::kfuncs)))
    return env.reject(Msg::CallReservedFields);
  if (env.path.cur_state->active_locks &&
      ((insn.src == 0 && static_cast<u32>(insn.imm) != func::spin_unlock) ||
       (insn.src == bpf::PSEUDO_CALL && !env.target.has(Feature::locks_across_calls)) ||
       (insn.src == bpf::PSEUDO_KFUNC_CALL && (insn.off != 0 || !kfunc_spin_allowed(env, &insn)))))
    return env.reject(Msg::CallWhileHoldingLock);
  if (Stop stop = go_to(follow_call(env, insn), next)) return stop;
  if (is_bpf_throw_kfunc(env.prog, &insn)) return process_exit(env, true, next);
  if (may_throw_behind(env, insn)) {
    // The path on which it returns is explored later.
    if (!push_stack(env, static_cast<int>(next.insn_idx), static_cast<int>(env.path.insn_idx), false))
      return Stop::refused(ENOMEM);
    return process_exit(env, true, next);
  }
  env.notes.mark_reg_scratched(0);
  if (env.explorer->callback) next.insn_idx = enter_callback(env);
  return go_on;
}

Stop check_jump(Env& env, const Insn& insn, Next& next) {
  env.explorer->jmps_processed++;
  const bool jmp32 = insn.cls() == bpf::JMP32;
  switch (insn.op()) {
    case bpf::CALL:
      return check_call(env, insn, next);
    case bpf::JA:
      if (insn.src_is_reg() || insn.src || insn.dst || (jmp32 ? insn.off != 0 : insn.imm != 0))
        return env.reject(Msg::JaReservedFields);
      next.insn_idx = env.path.insn_idx + static_cast<u32>((jmp32 ? insn.imm : insn.off) + 1);
      return go_on;
    case bpf::EXIT:
      if (insn.src_is_reg() || insn.imm || insn.src || insn.dst || jmp32) return env.reject(Msg::ExitReservedFields);
      return process_exit(env, false, next);
    default:
      return check_cond_jmp_op(env, &insn, next.insn_idx);
  }
}

Stop check_store_imm(Env& env, const Insn& insn) {
  if (insn.mode() != bpf::MEM || insn.src != 0) return env.reject(Msg::StReservedFields);
  if (Stop stop = check_reg_arg(env, insn.dst, SRC_OP)) return stop;
  u32 dst_type = env.path.cur_regs()[insn.dst].type;
  if (dst_type == PTR_TO_CTX && !env.target.has(Feature::store_imm_into_ctx))
    return env.reject(Msg::StoreImmIntoCtx, static_cast<u32>(insn.dst), reg_type_str(dst_type));
  if (Stop stop = check_mem_access(env, static_cast<int>(env.path.insn_idx), insn.dst, insn.off, insn.size(),
                                   AccessType::Write, -1, false, false))
    return stop;
  return save_aux_ptr_type(env, dst_type, false);
}

Stop check_ld(Env& env, const Insn& insn, Next& next) {
  if (insn.mode() == bpf::ABS || insn.mode() == bpf::IND) return go_to(check_ld_abs(env, &insn), next);
  if (insn.mode() != bpf::IMM) return env.reject(Msg::LdInvalidMode);
  if (Stop stop = check_ld_imm(env, &insn)) return stop;
  sanitize_mark_insn_seen(env, env.path.insn_idx + 1);
  next.insn_idx = env.path.insn_idx + 2;
  return go_on;
}

Stop check_store(Env& env, const Insn& insn) {
  if (insn.mode() == bpf::ATOMIC) return check_atomic(env, &insn);
  if (insn.mode() != bpf::MEM || insn.imm != 0) return env.reject(Msg::StxReservedFields);
  return check_store_reg(env, &insn, false);
}

Stop check_insn(Env& env, Next& next) {
  const Insn& insn = env.prog.insns[env.path.insn_idx];
  Stop stop;
  switch (insn.cls()) {
    case bpf::ALU:
    case bpf::ALU64:
      stop = check_alu_op(env, &insn);
      break;
    case bpf::LDX:
      stop = check_load_mem(env, &insn, false, insn.mode() == bpf::MEMSX, true, "ldx");
      break;
    case bpf::STX:
      stop = check_store(env, insn);
      break;
    case bpf::ST:
      stop = check_store_imm(env, insn);
      break;
    case bpf::LD:
      return check_ld(env, insn, next);
    default:
      return check_jump(env, insn, next);
  }
  next.insn_idx = env.path.insn_idx + 1;
  return stop;
}

/// What the instruction reads and writes on the stack is collected while it is simulated.
Stop simulate(Env& env, Next& next) {
  const bool writes = !env.laws.search.read_marks() && may_write_stack(env.prog.insns[env.path.insn_idx]);
  if (writes)
    if (Stop stop = bpf_reset_stack_write_marks(env, env.path.insn_idx)) return stop;
  Stop stop = check_insn(env, next);
  if (writes && (!stop || recoverable_with_nospec(stop)))
    if (Stop marks = bpf_commit_stack_write_marks(env)) return marks;
  return stop;
}

/// As simulate; on a speculative path a barrier ends what would be refused.
Stop simulate_with_barriers(Env& env, InsnAux& aux, Next& next) {
  if (!env.path.cur_state->speculative) return simulate(env, next);
  const u8 cls = env.prog.insns[env.path.insn_idx].cls();
  const State* state = env.path.cur_state;
  if (aux.nospec) return end_path(next);
  Stop stop = simulate(env, next);
  if (recoverable_with_nospec(stop)) {
    aux.nospec = true;
    aux.alu_state = 0;
    return end_path(next);
  }
  if (stop || next.ends || !state->speculative || !aux.nospec_result) return stop;
  if ((cls == bpf::JMP || cls == bpf::JMP32) && !env.target.has(Feature::call_before_barrier))
    return env.reject(Msg::BarrierAfterJump);
  return end_path(next);
}

/// Compares with the states remembered here, and simulates the instruction where none covers the current one.
Stop visit_insn(Env& env, bool& do_print_state, Next& next) {
  State* state = env.path.cur_state;
  InsnAux& aux = env.prog.aux[env.path.insn_idx];
  bool records = aux.jmp_point;
  if (aux.prune_point) {
    const Expected<Visit> visit = is_state_visited(env, env.path.insn_idx);
    if (!visit) return visit.error();
    if (*visit == Visit::Covered) {
      if (env.notes.watched())
        env.notes.observer->on_prune(env, env.path.prev_insn_idx, env.path.insn_idx, do_print_state);
      return end_path(next);
    }
    records &= *visit != Visit::Remembered;
  }
  if (records)
    if (Stop stop = push_jmp_history(env, state, 0, 0)) return stop;
  if (env.notes.watched()) {
    env.notes.observer->on_insn(env, env.path.insn_idx, *state, do_print_state);
    do_print_state = env.notes.observer->forgets_branch() ? false : do_print_state;
  }
  sanitize_mark_insn_seen(env, env.path.insn_idx);
  return simulate_with_barriers(env, aux, next);
}

Stop do_check(Env& env) {
  bool do_print_state = false;
  int prev_insn_idx = -1;
  const u32 insn_cnt = static_cast<u32>(env.prog.insns.size());

  for (;;) {
    State* state = env.path.cur_state;
    env.path.cur_hist_ent = nullptr;
    env.path.prev_insn_idx = static_cast<u32>(prev_insn_idx);
    env.notes.fresh = false;
    if (env.path.insn_idx >= insn_cnt)
      return env.reject(Msg::InvalidInsnIdx, static_cast<s32>(env.path.insn_idx), insn_cnt);
    if (++env.stats.processed > COMPLEXITY_LIMIT_INSNS) return env.reject(Msg::ProgramTooLarge, env.stats.processed);
    state->last_insn_idx = env.path.prev_insn_idx;
    state->insn_idx = env.path.insn_idx;
    Next next;
    if (Stop stop = visit_insn(env, do_print_state, next)) return stop;
    if (!next.ends) {
      prev_insn_idx = static_cast<int>(env.path.insn_idx);
      env.path.insn_idx = next.insn_idx;
      do_print_state |= next.returned;
      continue;
    }
    env.notes.mark_all_scratched();
    if (Stop stop = update_branch_counts(env, env.path.cur_state)) return stop;
    if (Stop stop = bpf_update_live_stack(env)) return stop;
    if (!pop_stack(env, &prev_insn_idx, &env.path.insn_idx)) return go_on;
    if (env.notes.watched()) env.notes.observer->on_resume(env);
    do_print_state = true;
  }
}

/// Registers of a global subprogram's entry, by its prototype.
Stop set_argument(Env& env, Reg* regs, u32 i, const SubprogArg& arg) {
  Reg* reg = &regs[i];
  u32 base = base_type(arg.arg_type);
  if (arg.arg_type == ARG_PTR_TO_CTX) {
    reg->type = PTR_TO_CTX;
    mark_reg_known_zero(regs, i);
  } else if (arg.arg_type == ARG_ANYTHING) {
    reg->type = SCALAR_VALUE;
    mark_reg_unknown(env.prog.may, regs, i);
  } else if (arg.arg_type == (ARG_PTR_TO_DYNPTR | MEM_RDONLY)) {
    mark_dynptr_reg(reg, DynptrType::Local, true, env.path.new_id());
  } else if (base == ARG_PTR_TO_MEM) {
    reg->type = PTR_TO_MEM | (arg.arg_type & (PTR_MAYBE_NULL | PTR_UNTRUSTED | MEM_RDONLY));
    mark_reg_known_zero(regs, i);
    reg->u.mem_size = arg.mem_size;
    if (arg.arg_type & PTR_MAYBE_NULL) reg->id = env.path.new_id();
  } else if (base == ARG_PTR_TO_BTF_ID) {
    reg->type = PTR_TO_BTF_ID | (arg.arg_type & (PTR_MAYBE_NULL | PTR_UNTRUSTED | PTR_TRUSTED));
    mark_reg_known_zero(regs, i);
    reg->u.btf = env.target.btf.get();
    reg->u.btf_id = arg.btf_id;
    reg->id = env.path.new_id();
  } else if (base == ARG_PTR_TO_ARENA) {
    mark_reg_unknown(env.prog.may, regs, i);
  } else {
    return env.unsupported("verifier bug: unhandled argument type of a global subprogram");
  }
  return go_on;
}

Stop set_arguments(Env& env, State* state, u32 subprog) {
  Subprog& sub = env.prog.subprogs[subprog];
  Reg* regs = state->regs();
  if (subprog || env.prog.linked.type == ProgType::EXT) {
    env.notes.note(Msg::ValidatingFunc, env.prog.subprog_name(subprog), subprog);
    if (Stop stop = btf_prepare_func_args(env, static_cast<int>(subprog))) return stop;
    if (sub.is_exception_cb) {
      state->frame[0]->in_exception_callback_fn = true;
      if (sub.arg_cnt != 1 || sub.args[0].arg_type != ARG_ANYTHING) return env.reject(Msg::ExceptionCbSingleIntArg);
    }
    for (u32 i = 1; i <= sub.arg_cnt; i++)
      if (Stop stop = set_argument(env, regs, i, sub.args[i - 1])) return stop;
    return go_on;
  }
  // The main program gets its context, whatever its own signature says: that counts only where others attach to it.
  const bool matched = !env.target.has(Feature::global_arg_tags);  // until 6.7 by the rule of calls
  if (!env.prog.linked.func_info.empty() && !matched)
    if (btf_prepare_func_args(env, 0) || sub.arg_cnt != 1 || sub.args[0].arg_type != ARG_PTR_TO_CTX)
      sub.unreliable = true;
  regs[1].type = PTR_TO_CTX;
  mark_reg_known_zero(regs, 1);
  if (matched) (void)btf_check_subprog_call(env, 0, regs);
  return go_on;
}

Stop do_check_common(Env& env, u32 subprog) {
  Explorer& x = *env.explorer;
  env.path.pass_cnt++;
  x.current = std::make_unique<State>();
  State* state = env.path.cur_state = x.current.get();
  state->branches = 1;
  state->in_sleepable = env.prog.sleepable;
  state->frame[0] = std::make_unique<Frame>();
  init_func_state(env.prog.may, state->frame[0].get(), MAIN_FUNC_CALLSITE, 0, subprog);
  env.notes.mark_all_scratched();
  state->first_insn_idx = env.prog.subprogs[subprog].start;
  state->last_insn_idx = ~0u;
  if (env.notes.watched()) env.notes.observer->on_enter(env, subprog);

  Stop stop = set_arguments(env, state, subprog);
  if (!stop && !subprog && env.prog.linked.type == ProgType::STRUCT_OPS)
    for (auto& arg : env.prog.ctx_arg_info) arg.ref_obj_id = arg.refcounted ? acquire_reference(env.path, 0) : 0;
  if (!stop) stop = do_check(env);
  if (!stop && env.notes.watched()) env.notes.observer->on_rewind(env);
  x.clear();
  env.path.cur_state = nullptr;
  return stop;
}

}  // namespace

Stop do_check_main(Env& env) {
  env.path.insn_idx = 0;
  return do_check_common(env, 0);
}

Stop do_check_subprogs(Env& env) {
  if (env.prog.linked.func_info.empty()) return go_on;
  if (env.prog.exception_callback_subprog) env.prog.subprogs[env.prog.exception_callback_subprog].called = true;
  for (bool again = true; again;) {
    again = false;
    for (u32 i = 1; i < env.prog.subprog_cnt; i++) {
      Subprog& sub = env.prog.subprogs[i];
      if (!env.prog.subprog_is_global(i) || sub.verified) continue;
      if (!sub.called && env.laws.passes.main_program_first) continue;
      env.path.insn_idx = sub.start;
      if (Stop stop = do_check_common(env, i)) return stop;
      env.notes.note(Msg::FuncIsSafe, i, env.prog.subprog_name(i));
      env.prog.subprogs[i].verified = true;
      again = true;
    }
  }
  return go_on;
}

}  // namespace bpfcheck::sim
