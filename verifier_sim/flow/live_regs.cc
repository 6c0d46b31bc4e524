// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See live_regs.h.
#include "verifier_sim/flow/live_regs.h"

#include "verifier_sim/flow/cfg.h"
#include "verifier_sim/flow/successors.h"
#include "verifier_sim/program/insn_text.h"

namespace bpfcheck::sim {
namespace {

struct Effect {
  u16 use = 0xffff, def = 0, in = 0, out = 0;
};

constexpr u16 bit(u32 reg) { return static_cast<u16>(1u << reg); }

Effect atomic_effect(const Insn& insn, u16 dst, u16 src) {
  Effect e;
  e.use = dst | src;
  switch (insn.imm) {
    case bpf::CMPXCHG:
      e.use = static_cast<u16>(e.use | bit(0));
      e.def = bit(0);
      break;
    case bpf::LOAD_ACQ:
      e.use = src;
      e.def = dst;
      break;
    case bpf::STORE_REL:
      break;
    default:
      if (insn.imm & bpf::FETCH) e.def = src;
  }
  return e;
}

Effect jump_effect(const Program& prog, const Insn& insn, u16 dst, u16 src) {
  Effect e;
  switch (insn.op()) {
    case bpf::JA:
      e.use = insn.src_is_reg() ? dst : u16{0};
      break;
    case bpf::JCOND:
      e.use = 0;
      break;
    case bpf::EXIT:
      e.use = bit(0);
      break;
    case bpf::CALL:
      e.def = all_caller_saved_regs;
      e.use = all_caller_saved_regs & ~1u;
      if (auto cs = get_call_summary(prog, insn)) e.use = static_cast<u16>((2u << cs->num_params) - 2);
      break;
    default:
      e.use = insn.src_is_reg() ? dst | src : dst;
  }
  return e;
}

/// Registers that an instruction reads and writes; all read where it is not known.
Effect effect_of(const Program& prog, const Insn& insn) {
  const u16 dst = bit(insn.dst), src = bit(insn.src);
  Effect e;
  switch (insn.cls()) {
    case bpf::LD:
      if (insn.code == bpf::LD_IMM64) e.def = dst, e.use = 0;
      break;
    case bpf::LDX:
      if (insn.mode() == bpf::MEM || insn.mode() == bpf::MEMSX) e.def = dst, e.use = src;
      break;
    case bpf::ST:
      if (insn.mode() == bpf::MEM) e.use = dst;
      break;
    case bpf::STX:
      if (insn.mode() == bpf::MEM)
        e.use = dst | src;
      else if (insn.mode() == bpf::ATOMIC)
        e = atomic_effect(insn, dst, src);
      break;
    case bpf::ALU:
    case bpf::ALU64:
      e.def = dst;
      if (insn.op() == bpf::END)
        e.use = dst;
      else if (insn.op() == bpf::MOV)
        e.use = insn.src_is_reg() ? src : u16{0};
      else
        e.use = insn.src_is_reg() ? dst | src : dst;
      break;
    default:
      e = jump_effect(prog, insn, dst, src);
  }
  return e;
}

void tell(const Program& prog, Notes& notes) {
  notes.detail(Msg::LiveRegsHeader);
  for (u32 i = 0; i < prog.insns.size(); i++) {
    std::string regs;
    for (u32 r = 0; r < bpf::REG_FP; r++)
      regs += prog.aux[i].live_regs_before & bit(r) ? static_cast<char>('0' + r) : '.';
    u32 scc = prog.aux[i].scc;
    std::string number = scc ? std::to_string(scc) : "";
    notes.detail(Msg::LiveRegs, number, i, regs, insn_text(prog, i));
    if (bpf_is_ldimm64(&prog.insns[i])) i++;
  }
}

}  // namespace

Stop compute_live_registers(Program& prog, Notes& notes) {
  std::vector<Effect> effects;
  effects.reserve(prog.insns.size());
  for (const Insn& insn : prog.insns) effects.push_back(effect_of(prog, insn));
  for (bool changed = true; changed;) {
    changed = false;
    for (u32 i : prog.postorder) {
      Effect& e = effects[i];
      u16 out = 0;
      for (u32 s : insn_successors(prog, i)) out |= effects[s].in;
      auto in = static_cast<u16>((out & ~e.def) | e.use);
      if (out == e.out && in == e.in) continue;
      e.in = in;
      e.out = out;
      changed = true;
    }
  }
  for (u32 i = 0; i < effects.size(); i++) prog.aux[i].live_regs_before = effects[i].in;
  if (notes.detailed()) tell(prog, notes);
  return go_on;
}

}  // namespace bpfcheck::sim
