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
  Walk(Program& prog, Notes& notes, const Laws& laws)
      : prog_(prog), notes_(notes), laws_(laws), state_(prog.insns.size()) {}

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
    if (w < 0 || w >= static_cast<int>(prog_.insns.size())) {
      notes_.source_line(t);
      return std::unexpected(notes_.reject(Msg::JumpOutOfRange, t, w));
    }
    auto to = static_cast<u32>(w);
    if (edge == BRANCH) prog_.aux[to].prune_point = prog_.aux[to].jmp_point = true;
    if (state_[to] == 0) {
      state_[t] = DISCOVERED | edge;
      state_[to] = DISCOVERED;
      if (stack_.size() >= prog_.insns.size()) return std::unexpected(Stop::refused(E2BIG));
      stack_.push_back(to);
      return Walked::Deeper;
    }
    if ((state_[to] & 0xf0) == DISCOVERED) {
      if (prog_.may.bpf_capable && (loop_ok || prog_.target.has(Feature::back_edges_anywhere))) return Walked::Done;
      return std::unexpected(notes_.reject(Msg::BackEdge, t, to));
    }
    state_[t] = DISCOVERED | edge;
    return Walked::Done;
  }

  /// To what follows: the second half of a constant, where the kernel takes it for an instruction.
  u32 width(const Insn& insn) const {
    return bpf_is_ldimm64(&insn) && prog_.target.has(Feature::second_halves_skipped) ? 2 : 1;
  }

  Expected<Walked> push_call(u32 t, bool visit_callee) {
    const Insn& insn = prog_.insns[t];
    const u32 next = t + width(insn);
    if (const auto first = push(t, static_cast<int>(next), FALLTHROUGH, false); first != Walked::Done) return first;
    prog_.aux[next].prune_point = prog_.aux[next].jmp_point = true;
    if (!visit_callee) return Walked::Done;
    int callee = static_cast<int>(t) + insn.imm + 1;
    prog_.aux[t].prune_point = true;
    Subprog& from = subprog_at(static_cast<int>(t));
    const Subprog& to = subprog_at(callee);
    from.changes_pkt_data |= to.changes_pkt_data;
    from.might_sleep |= to.might_sleep;
    from.might_throw |= to.might_throw;
    return push(t, callee, BRANCH, bpf_pseudo_func(&insn));
  }

  void note_call_effects(u32 t) {
    const Insn& insn = prog_.insns[t];
    InsnAux& aux = prog_.aux[t];
    Subprog& sub = subprog_at(static_cast<int>(t));
    if (is_async_callback_calling_insn(prog_, &insn)) aux.prune_point = true;
    if (laws_.search.callback_rounds && is_sync_callback_calling_insn(prog_, &insn))
      aux.calls_callback = aux.force_checkpoint = aux.prune_point = aux.jmp_point = true;
    if (bpf_helper_call(&insn)) {
      const HelperProto* fp = helper_proto(prog_.target, prog_.helper_context(), static_cast<u32>(insn.imm));
      if (fp && fp->might_sleep) sub.might_sleep = true;
      if (func::does(static_cast<u32>(insn.imm), func::changes_packet)) sub.changes_pkt_data = true;
    } else if (insn.src == bpf::PSEUDO_KFUNC_CALL) {
      KfuncMeta meta;
      if (fetch_kfunc_meta(prog_, &insn, &meta)) return;
      if (is_iter_next_kfunc(&meta)) aux.prune_point = aux.force_checkpoint = true;
      if (is_kfunc_sleepable(&meta)) sub.might_sleep = true;
      if (is_kfunc_pkt_changing(&meta)) sub.changes_pkt_data = true;
      if (meta.is(SpecialKfunc::bpf_throw)) sub.might_throw = true;
    }
  }

  Expected<Walked> visit(u32 t) {
    const Insn& insn = prog_.insns[t];
    if (bpf_pseudo_func(&insn)) return push_call(t, true);
    if (insn.cls() != bpf::JMP && insn.cls() != bpf::JMP32)
      return push(t, static_cast<int>(t + width(insn)), FALLTHROUGH, false);
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
        prog_.aux[static_cast<u32>(to)].prune_point = prog_.aux[static_cast<u32>(to)].jmp_point = true;
        if (!laws_.search.jump_points && t + 1 < prog_.insns.size()) prog_.aux[t + 1].prune_point = true;
        return Walked::Done;
      }
      default:
        prog_.aux[t].prune_point = true;
        if (insn.code == (bpf::JMP | bpf::JCOND) && insn.src == bpf::MAY_GOTO) prog_.aux[t].force_checkpoint = true;
        if (const auto first = push(t, static_cast<int>(t) + 1, FALLTHROUGH, true); first != Walked::Done) return first;
        return push(t, static_cast<int>(t) + insn.off + 1, BRANCH, true);
    }
  }

  Subprog& subprog_at(int off) { return prog_.subprogs[*find_containing_subprog(prog_, off)]; }

  Program& prog_;
  Notes& notes_;
  const Laws& laws_;
  std::vector<u8> state_;
  std::vector<u32> stack_;
};

}  // namespace

Stop check_cfg(Program& prog, Notes& notes, const Laws& laws) {
  Walk walk(prog, notes, laws);
  if (Stop stop = walk.from(0)) return stop;
  if (prog.exception_callback_subprog) {
    u32 entry = prog.subprogs[prog.exception_callback_subprog].start;
    if (walk.state(entry) != EXPLORED)
      if (Stop stop = walk.from(entry)) return stop;
  }
  for (u32 i = 0; i < prog.insns.size(); i++) {
    if (walk.state(i) != EXPLORED) return notes.reject(Msg::UnreachableInsn, i);
    if (!bpf_is_ldimm64(&prog.insns[i]) || !prog.target.has(Feature::second_halves_skipped)) continue;
    if (i + 1 < prog.insns.size() && walk.state(i + 1) != 0) return notes.reject(Msg::JumpIntoLdimm64, i);
    i++;
  }
  if (!laws.search.jump_points)
    for (InsnAux& aux : prog.aux) aux.jmp_point = aux.prune_point;
  prog.changes_pkt_data = prog.subprogs[0].changes_pkt_data;
  prog.might_sleep = prog.subprogs[0].might_sleep;
  return go_on;
}

Stop compute_postorder(Program& prog) {
  std::vector<u32>& order = prog.postorder;
  std::vector<u8> state(prog.insns.size());
  std::vector<u32> stack;
  for (u32 i = 0; i < prog.subprog_cnt; i++) {
    prog.subprogs[i].postorder_start = static_cast<u32>(order.size());
    stack.assign(1, prog.subprogs[i].start);
    while (!stack.empty()) {
      u32 top = stack.back();
      state[top] |= DISCOVERED;
      if (state[top] & EXPLORED) {
        order.push_back(top);
        stack.pop_back();
        continue;
      }
      for (u32 s : insn_successors(prog, top))
        if (!state[s]) {
          stack.push_back(s);
          state[s] |= DISCOVERED;
        }
      state[top] |= EXPLORED;
    }
  }
  prog.subprogs[prog.subprog_cnt].postorder_start = static_cast<u32>(order.size());
  return go_on;
}

Stop check_abnormal_return(Program& prog, Notes& notes) {
  for (u32 i = 1; i < prog.subprog_cnt; i++) {
    if (prog.subprogs[i].has_ld_abs) return notes.reject(Msg::LdAbsWithoutBtf);
    if (prog.subprogs[i].has_tail_call) return notes.reject(Msg::TailCallWithoutBtf);
  }
  return go_on;
}

}  // namespace bpfcheck::sim
