// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See cfg.h.
#include "verifier_sim/flow/cfg.h"

#include "kernel_db/helper_ids.h"
#include "verifier_sim/flow/successors.h"
#include "verifier_sim/program/call_kind.h"

namespace bpfcheck::sim {
namespace {

enum : u8 { DISCOVERED = 0x10, EXPLORED = 0x20, FALLTHROUGH = 1, BRANCH = 2 };
/// An instruction is done, or another one has to be visited first.
enum class Walked : u8 { Done, Deeper };

/// The depth-first walk over all instructions.
class Walk {
 public:
  explicit Walk(Env& env) : env_(env), state_(env.prog.insns.size()) {}

  Stop from(u32 entry) {
    state_[entry] = DISCOVERED;
    stack_.push_back(entry);
    while (!stack_.empty()) {
      u32 t = stack_.back();
      const Expected<Walked> walked = visit(t);
      if (!walked) return walked.error();
      if (*walked == Walked::Done) {
        state_[t] = EXPLORED;
        stack_.pop_back();
      }
    }
    return go_on;
  }
  u8 state(u32 i) const { return state_[i]; }

 private:
  /// The edge t -> w. Marks the target of a branch for comparing states. `loop_ok`: older kernels let it close a loop.
  Expected<Walked> push(u32 t, int w, u8 edge, bool loop_ok) {
    if (state_[t] >= (DISCOVERED | edge)) return Walked::Done;
    if (w < 0 || w >= static_cast<int>(env_.prog.insns.size())) {
      if (env_.notes.watched()) env_.notes.observer->on_source_line(env_, t);
      return std::unexpected(env_.reject(Msg::JumpOutOfRange, t, w));
    }
    auto to = static_cast<u32>(w);
    if (edge == BRANCH) env_.prog.aux[to].prune_point = env_.prog.aux[to].jmp_point = true;
    if (state_[to] == 0) {
      state_[t] = DISCOVERED | edge;
      state_[to] = DISCOVERED;
      if (stack_.size() >= env_.prog.insns.size()) return std::unexpected(Stop::refused(E2BIG));
      stack_.push_back(to);
      return Walked::Deeper;
    }
    if ((state_[to] & 0xf0) == DISCOVERED) {
      if (env_.prog.may.bpf_capable && (loop_ok || env_.target.has(Feature::back_edges_anywhere))) return Walked::Done;
      return std::unexpected(env_.reject(Msg::BackEdge, t, to));
    }
    state_[t] = DISCOVERED | edge;
    return Walked::Done;
  }

  Expected<Walked> push_call(u32 t, bool visit_callee) {
    const Insn& insn = env_.prog.insns[t];
    u32 next = t + (bpf_is_ldimm64(&insn) ? 2 : 1);
    if (const auto first = push(t, static_cast<int>(next), FALLTHROUGH, false); first != Walked::Done) return first;
    env_.prog.aux[next].prune_point = env_.prog.aux[next].jmp_point = true;
    if (!visit_callee) return Walked::Done;
    int callee = static_cast<int>(t) + insn.imm + 1;
    env_.prog.aux[t].prune_point = true;
    Subprog& from = subprog_at(static_cast<int>(t));
    const Subprog& to = subprog_at(callee);
    from.changes_pkt_data |= to.changes_pkt_data;
    from.might_sleep |= to.might_sleep;
    from.might_throw |= to.might_throw;
    return push(t, callee, BRANCH, bpf_pseudo_func(&insn));
  }

  void note_call_effects(u32 t) {
    const Insn& insn = env_.prog.insns[t];
    InsnAux& aux = env_.prog.aux[t];
    Subprog& sub = subprog_at(static_cast<int>(t));
    if (is_async_callback_calling_insn(env_.prog, &insn)) aux.prune_point = true;
    if (env_.laws.search.callback_rounds && is_sync_callback_calling_insn(env_.prog, &insn))
      aux.calls_callback = aux.force_checkpoint = aux.prune_point = aux.jmp_point = true;
    if (bpf_helper_call(&insn)) {
      const HelperProto* fp = helper_proto(env_.target, env_.prog.helper_context(), static_cast<u32>(insn.imm));
      if (fp && fp->might_sleep) sub.might_sleep = true;
      if (func::does(static_cast<u32>(insn.imm), func::changes_packet)) sub.changes_pkt_data = true;
    } else if (insn.src == bpf::PSEUDO_KFUNC_CALL) {
      KfuncMeta meta;
      if (fetch_kfunc_meta(env_.prog, &insn, &meta)) return;
      if (is_iter_next_kfunc(&meta)) aux.prune_point = aux.force_checkpoint = true;
      if (is_kfunc_sleepable(&meta)) sub.might_sleep = true;
      if (is_kfunc_pkt_changing(&meta)) sub.changes_pkt_data = true;
      if (meta.is(SpecialKfunc::bpf_throw)) sub.might_throw = true;
    }
  }

  Expected<Walked> visit(u32 t) {
    const Insn& insn = env_.prog.insns[t];
    if (bpf_pseudo_func(&insn)) return push_call(t, true);
    if (insn.cls() != bpf::JMP && insn.cls() != bpf::JMP32)
      return push(t, static_cast<int>(t) + (bpf_is_ldimm64(&insn) ? 2 : 1), FALLTHROUGH, false);
    switch (insn.op()) {
      case bpf::EXIT:
        return Walked::Done;
      case bpf::CALL:
        note_call_effects(t);
        return push_call(t, insn.src == bpf::PSEUDO_CALL);
      case bpf::JA: {
        if (insn.src_is_reg()) return std::unexpected(Stop::refused(EINVAL));
        int to = static_cast<int>(t) + (insn.cls() == bpf::JMP ? insn.off : insn.imm) + 1;
        if (const auto first = push(t, to, FALLTHROUGH, true); first != Walked::Done) return first;
        env_.prog.aux[static_cast<u32>(to)].prune_point = env_.prog.aux[static_cast<u32>(to)].jmp_point = true;
        if (!env_.laws.search.jump_points && t + 1 < env_.prog.insns.size()) env_.prog.aux[t + 1].prune_point = true;
        return Walked::Done;
      }
      default:
        env_.prog.aux[t].prune_point = true;
        if (insn.code == (bpf::JMP | bpf::JCOND) && insn.src == bpf::MAY_GOTO) env_.prog.aux[t].force_checkpoint = true;
        if (const auto first = push(t, static_cast<int>(t) + 1, FALLTHROUGH, true); first != Walked::Done) return first;
        return push(t, static_cast<int>(t) + insn.off + 1, BRANCH, true);
    }
  }

  Subprog& subprog_at(int off) { return env_.prog.subprogs[*find_containing_subprog(env_, off)]; }

  Env& env_;
  std::vector<u8> state_;
  std::vector<u32> stack_;
};

}  // namespace

Stop check_cfg(Env& env) {
  Walk walk(env);
  if (Stop stop = walk.from(0)) return stop;
  if (env.prog.exception_callback_subprog) {
    u32 entry = env.prog.subprogs[env.prog.exception_callback_subprog].start;
    if (walk.state(entry) != EXPLORED)
      if (Stop stop = walk.from(entry)) return stop;
  }
  for (u32 i = 0; i < env.prog.insns.size(); i++) {
    if (walk.state(i) != EXPLORED) return env.reject(Msg::UnreachableInsn, i);
    if (!bpf_is_ldimm64(&env.prog.insns[i])) continue;
    if (i + 1 < env.prog.insns.size() && walk.state(i + 1) != 0) return env.reject(Msg::JumpIntoLdimm64, i);
    i++;
  }
  if (!env.laws.search.jump_points)
    for (InsnAux& aux : env.prog.aux) aux.jmp_point = aux.prune_point;
  env.prog.changes_pkt_data = env.prog.subprogs[0].changes_pkt_data;
  env.prog.might_sleep = env.prog.subprogs[0].might_sleep;
  return go_on;
}

Stop compute_postorder(Env& env) {
  std::vector<u32>& order = env.prog.postorder;
  std::vector<u8> state(env.prog.insns.size());
  std::vector<u32> stack;
  for (u32 i = 0; i < env.prog.subprog_cnt; i++) {
    env.prog.subprogs[i].postorder_start = static_cast<u32>(order.size());
    stack.assign(1, env.prog.subprogs[i].start);
    while (!stack.empty()) {
      u32 top = stack.back();
      state[top] |= DISCOVERED;
      if (state[top] & EXPLORED) {
        order.push_back(top);
        stack.pop_back();
        continue;
      }
      for (u32 s : insn_successors(env, top))
        if (!state[s]) {
          stack.push_back(s);
          state[s] |= DISCOVERED;
        }
      state[top] |= EXPLORED;
    }
  }
  env.prog.subprogs[env.prog.subprog_cnt].postorder_start = static_cast<u32>(order.size());
  return go_on;
}

Stop check_abnormal_return(Env& env) {
  for (u32 i = 1; i < env.prog.subprog_cnt; i++) {
    if (env.prog.subprogs[i].has_ld_abs) return env.reject(Msg::LdAbsWithoutBtf);
    if (env.prog.subprogs[i].has_tail_call) return env.reject(Msg::TailCallWithoutBtf);
  }
  return go_on;
}

}  // namespace bpfcheck::sim
