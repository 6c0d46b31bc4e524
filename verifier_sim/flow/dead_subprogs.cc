// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See dead_subprogs.h.
#include "verifier_sim/flow/dead_subprogs.h"

#include <algorithm>

#include "verifier_sim/flow/subprogs.h"

namespace bpfcheck::sim {
namespace {

constexpr s64 nowhere = -1;

/// The program while code is taken out of it: where an instruction stood at first, and the place that it now refers to.
struct Piece {
  u32 was;
  s64 target = nowhere;
  bool nop_if_next = false, may_goto = false;  ///< goes away where its target is the instruction behind it
};

/// bpf_remove_insns with bpf_adj_branches: what refers to the removed place itself goes on to do so.
void remove(std::vector<Piece>& code, size_t off, size_t cnt) {
  code.erase(code.begin() + static_cast<s64>(off), code.begin() + static_cast<s64>(off + cnt));
  for (Piece& p : code)
    if (p.target >= static_cast<s64>(off + cnt)) p.target -= static_cast<s64>(cnt);
}

Piece piece_of(const Program& prog, u32 i) {
  const Insn& insn = prog.insns[i];
  Piece p{.was = i};
  const s64 next = s64{i} + 1;
  if (bpf_pseudo_func(&insn)) p.target = next + insn.imm;
  if (insn.cls() != bpf::JMP && insn.cls() != bpf::JMP32) return p;
  if (insn.op() == bpf::CALL || insn.op() == bpf::EXIT) return p;
  if (insn.op() == bpf::JA) {
    p.target = next + (insn.cls() == bpf::JMP ? insn.off : insn.imm);
    p.nop_if_next = insn.cls() == bpf::JMP;
    return p;
  }
  // opt_hard_wire_dead_code_branches: one way that no path takes leaves a plain jump.
  const bool falls = prog.aux[i + 1].seen, jumps = prog.aux[static_cast<u32>(next + insn.off)].seen;
  p.may_goto = insn.op() == bpf::JCOND && falls && jumps;
  p.nop_if_next = p.may_goto || !falls || !jumps;
  p.target = falls && !jumps ? next : next + insn.off;
  return p;
}

/// opt_hard_wire_dead_code_branches, opt_remove_dead_code, opt_remove_nops.
std::vector<Piece> code_that_stays(const Program& prog) {
  std::vector<Piece> code;
  for (u32 i = 0; i < prog.insns.size(); i++) {
    const bool seen = prog.aux[i].seen;
    code.push_back(seen ? piece_of(prog, i) : Piece{.was = i});
  }
  for (size_t i = 0; i < code.size(); i++) {
    size_t dead = 0;
    while (i + dead < code.size() && !prog.aux[code[i + dead].was].seen) dead++;
    if (dead) remove(code, i, dead);
  }
  for (size_t i = 0; i < code.size();) {
    if (!code[i].nop_if_next || code[i].target != static_cast<s64>(i) + 1) {
      i++;
      continue;
    }
    const bool back = code[i].may_goto && i > 0;
    remove(code, i, 1);
    if (back) i--;
  }
  return code;
}

/// False where a later pass may put several instructions in its place (convert_ctx_accesses, do_misc_fixups).
bool stays_one(const Program& prog, u32 i) {
  const Insn& insn = prog.insns[i];
  const InsnAux& aux = prog.aux[i];
  if (aux.nospec || aux.nospec_result || aux.alu_state) return false;
  switch (insn.cls()) {
    case bpf::ALU:
    case bpf::ALU64:
      return insn.op() != bpf::DIV && insn.op() != bpf::MOD;
    case bpf::LD:
      return insn.mode() == bpf::IMM || insn.code == 0;
    case bpf::LDX:
    case bpf::ST:
    case bpf::STX:
      return aux.ptr_type == 0 || base_type(aux.ptr_type) == PTR_TO_STACK ||
             base_type(aux.ptr_type) == PTR_TO_MAP_VALUE;
    default:
      break;
  }
  if (insn.op() == bpf::JCOND) return false;
  if (insn.op() != bpf::CALL) return true;
  constexpr s32 ktime_get_ns = 5, get_prandom_u32 = 7;
  return insn.src == bpf::PSEUDO_CALL || (insn.src == 0 && (insn.imm == ktime_get_ns || insn.imm == get_prandom_u32));
}

}  // namespace

Stop check_dead_subprogs(const Program& prog, Notes& notes) {
  if (!prog.may.bpf_capable || !prog.target.jit) return go_on;  // without CAP_BPF dead code stays
  std::vector<bool> reached(prog.subprog_cnt);
  for (u32 s = 0; s < prog.subprog_cnt; s++)
    for (u32 i = prog.subprogs[s].start; i < prog.subprogs[s + 1].start && !reached[s]; i++)
      reached[s] = prog.aux[i].seen;
  if (std::ranges::count(reached, true) <= 1) return go_on;  // nothing is left to call
  const bool dangling = std::ranges::any_of(prog.insns, [&](const Insn& insn) {
    const auto i = static_cast<int>(&insn - prog.insns.data());
    if (!bpf_pseudo_func(&insn) || !prog.aux[static_cast<u32>(i)].seen) return false;
    const std::optional<u32> target = find_subprog(prog, i + insn.imm + 1);
    return target && !reached[*target];
  });
  if (!dangling) return go_on;
  // A callback that the kernel supplies stands at the end, and a loop in place of its call moves what is behind it.
  if (prog.seen_exception || std::ranges::any_of(prog.aux, &InsnAux::loop_fit_for_inline))
    return notes.unsupported("address of a function that no path reaches");

  const std::vector<Piece> code = code_that_stays(prog);
  std::vector<s64> starts;
  for (u32 s = 0; s < prog.subprog_cnt; s++) {
    if (!reached[s]) continue;
    const auto first = std::ranges::find_if(code, [&](const Piece& p) { return p.was >= prog.subprogs[s].start; });
    starts.push_back(first - code.begin());
  }
  const bool prologue = prog.seen_direct_write || prog.type == ProgType::STRUCT_OPS;
  for (const Piece& p : code) {
    if (!bpf_pseudo_func(&prog.insns[p.was]) || std::ranges::binary_search(starts, p.target)) continue;
    const auto before = std::ranges::subrange(code.begin(), code.begin() + std::min<s64>(p.target, std::ssize(code)));
    if (prologue || !std::ranges::all_of(before, [&](const Piece& q) { return stays_one(prog, q.was); }))
      return notes.unsupported("address of a function that no path reaches, in a program that is rewritten");
    return notes.reject(Msg::NoProgramToJit, p.target);
  }
  return go_on;
}

}  // namespace bpfcheck::sim
