// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See const_fold.h. A forward data flow to a fixed point, in reverse post-order: at an instruction a register is a
// constant, a map, a place in a map's value, a function, or unknown; where two ways meet, it is what it is on both.
#include "verifier_sim/flow/const_fold.h"

#include <array>

#include "verifier_sim/flow/cfg.h"
#include "verifier_sim/flow/successors.h"

namespace bpfcheck::sim {
namespace {

/// `map_index` and `val` that no longer mean anything stay what they were, as in the kernel: they are compared, too.
struct Known {
  enum Kind : u8 { Unvisited, Unknown, Const, MapPtr, MapValue, Subprog } kind = Unvisited;
  u32 map_index = 0;
  u64 val = 0;
  bool operator==(const Known&) const = default;
};
using Regs = std::array<Known, bpf::MAX_REG>;

constexpr Known unknown{.kind = Known::Unknown};
constexpr Known constant(const Known& was, u64 v) { return {Known::Const, was.map_index, v}; }

Known moved(const Known& src, s16 extension) {
  if (!extension) return src;
  if (src.kind != Known::Const) return unknown;
  switch (extension) {
    case 8:
      return constant(src, static_cast<u64>(static_cast<s8>(src.val)));
    case 16:
      return constant(src, static_cast<u64>(static_cast<s16>(src.val)));
    case 32:
      return constant(src, static_cast<u64>(static_cast<s32>(src.val)));
    default:
      return unknown;
  }
}

Known masked(const Known& dst, const Known& src) {
  if (dst.kind == Known::Const && dst.val == 0) return dst;
  if (src.kind == Known::Const && src.val == 0) return constant(dst, 0);
  return dst.kind == Known::Const && src.kind == Known::Const ? constant(dst, dst.val & src.val) : unknown;
}

Known computed(const Insn& insn, const Known& dst, const Known& src) {
  const bool by_reg = insn.src_is_reg();
  const auto imm = static_cast<u64>(static_cast<s64>(insn.imm));
  Known sum = dst;
  switch (insn.op()) {
    case bpf::MOV:
      return by_reg ? moved(src, insn.off) : constant(dst, imm);
    case bpf::ADD:
    case bpf::SUB:
      if (by_reg || (dst.kind != Known::Const && dst.kind != Known::MapValue)) return unknown;
      sum.val += insn.op() == bpf::ADD ? imm : 0 - imm;
      return sum;
    case bpf::AND:
      return masked(dst, by_reg ? src : constant(unknown, imm));
    default:
      return unknown;
  }
}

Known in_32_bits(Known k) { return k.kind == Known::Const ? (k.val = static_cast<u32>(k.val), k) : unknown; }

Known loaded_imm(const Program& prog, u32 i, const Known& dst) {
  const Insn& insn = prog.insns[i];
  const InsnAux& aux = prog.aux[i];
  switch (insn.src) {
    case 0:
      return constant(dst, static_cast<u32>(insn.imm) | u64{static_cast<u32>(prog.insns[i + 1].imm)} << 32);
    case bpf::PSEUDO_FUNC: {
      const auto subprog = find_subprog(prog, static_cast<int>(i) + insn.imm + 1);
      return subprog ? Known{Known::Subprog, dst.map_index, *subprog} : unknown;
    }
    case bpf::PSEUDO_MAP_VALUE:
      return {Known::MapValue, aux.map_index, aux.map_off};
    case bpf::PSEUDO_MAP_FD:
      return {Known::MapPtr, aux.map_index, dst.val};
    default:
      return unknown;
  }
}

Known loaded(const Program& prog, const Insn& insn, const Known& dst, const Known& src) {
  if (src.kind != Known::MapValue) return unknown;
  const auto off = static_cast<s32>(src.val) + insn.off;
  auto val = map_direct_read(*prog.maps[src.map_index], prog.target.arch, off, bpf::bytes_of(insn.size()),
                             insn.mode() == bpf::MEMSX);
  return val ? constant(dst, *val) : unknown;
}

/// The register that an atomic operation loads into; none where it loads nothing.
std::optional<u32> fetched_reg(const Insn& insn) {
  if (insn.mode() != bpf::ATOMIC) return std::nullopt;
  if (insn.imm == bpf::CMPXCHG) return 0;
  if (insn.imm == bpf::LOAD_ACQ) return insn.dst;
  return insn.imm & bpf::FETCH ? std::optional<u32>(insn.src) : std::nullopt;
}

void apply(const Program& prog, u32 i, Regs& regs) {
  const Insn& insn = prog.insns[i];
  Known& dst = regs[insn.dst];
  bool call = insn.code == (bpf::JMP | bpf::CALL);
  switch (insn.cls()) {
    case bpf::ALU:
      dst = in_32_bits(computed(insn, dst, regs[insn.src]));
      break;
    case bpf::ALU64:
      dst = computed(insn, dst, regs[insn.src]);
      break;
    case bpf::LD:
      if (insn.code == bpf::LD_IMM64) dst = loaded_imm(prog, i, dst);
      call = insn.mode() == bpf::ABS || insn.mode() == bpf::IND;
      break;
    case bpf::LDX:
      dst = loaded(prog, insn, dst, regs[insn.src]);
      break;
    case bpf::STX:
      if (auto r = fetched_reg(insn)) regs[*r] = unknown;
      break;
    default:
      break;
  }
  if (call)
    for (u32 r = 0; r <= 5; r++) regs[r] = unknown;
}

bool join(Regs& at, const Regs& coming) {
  bool changed = false;
  for (u32 r = 0; r < bpf::MAX_REG; r++) {
    Known& old = at[r];
    if (old.kind == Known::Unvisited ? coming[r].kind == Known::Unvisited
                                     : old.kind == Known::Unknown || old == coming[r])
      continue;
    if (old.kind == Known::Unvisited)
      old = coming[r];
    else
      old.kind = Known::Unknown;
    changed = true;
  }
  return changed;
}

ConstRegs what_is_kept(const Regs& regs) {
  ConstRegs kept;
  for (u32 r = 0; r < kept.vals.size(); r++) {
    const Known& k = regs[r];
    const auto bit = static_cast<u16>(1u << r);
    if (k.kind == Known::Const && k.val == static_cast<u32>(k.val)) {
      kept.consts |= bit;
      kept.vals[r] = static_cast<u32>(k.val);
    } else if (k.kind == Known::MapPtr) {
      kept.maps |= bit;
      kept.vals[r] = k.map_index;
    } else if (k.kind == Known::Subprog) {
      kept.subprogs |= bit;
      kept.vals[r] = static_cast<u32>(k.val);
    }
  }
  return kept;
}

/// Whether the branch is taken; nothing where an operand is not known. 32-bit operands are compared sign-extended,
/// which keeps their order.
std::optional<bool> outcome(const Insn& insn, const ConstRegs& regs) {
  if (!(regs.consts >> insn.dst & 1) || (insn.src_is_reg() && !(regs.consts >> insn.src & 1))) return std::nullopt;
  u64 a = regs.vals[insn.dst];
  u64 b = insn.src_is_reg() ? regs.vals[insn.src] : static_cast<u64>(static_cast<s64>(insn.imm));
  if (insn.cls() == bpf::JMP32) {
    a = static_cast<u64>(static_cast<s32>(a));
    b = static_cast<u64>(static_cast<s32>(b));
  }
  const auto sa = static_cast<s64>(a), sb = static_cast<s64>(b);
  switch (insn.op()) {
    case bpf::JEQ:
      return a == b;
    case bpf::JNE:
      return a != b;
    case bpf::JGT:
      return a > b;
    case bpf::JGE:
      return a >= b;
    case bpf::JLT:
      return a < b;
    case bpf::JLE:
      return a <= b;
    case bpf::JSGT:
      return sa > sb;
    case bpf::JSGE:
      return sa >= sb;
    case bpf::JSLT:
      return sa < sb;
    case bpf::JSLE:
      return sa <= sb;
    case bpf::JSET:
      return (a & b) != 0;
    default:
      return std::nullopt;
  }
}

bool is_branch(const Insn& insn) {
  if (insn.cls() != bpf::JMP && insn.cls() != bpf::JMP32) return false;
  const u8 op = insn.op();
  return op != bpf::JA && op != bpf::CALL && op != bpf::EXIT && op != bpf::JCOND;
}

}  // namespace

Stop compute_const_regs(Program& prog) {
  std::vector<Regs> before(prog.insns.size());
  for (u32 s = 0; s < prog.subprog_cnt; s++) before[prog.subprogs[s].start].fill(unknown);
  const std::vector<u32>& order = prog.postorder;
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t p = order.size(); p-- > 0;) {
      Regs after = before[order[p]];
      apply(prog, order[p], after);
      for (u32 next : insn_successors(prog, order[p])) changed |= join(before[next], after);
    }
  }
  prog.const_regs.reserve(before.size());
  for (const Regs& regs : before) prog.const_regs.push_back(what_is_kept(regs));
  return go_on;
}

Stop prune_dead_branches(Program& prog) {
  bool changed = false;
  for (u32 i = 0; i < prog.insns.size(); i++) {
    if (!is_branch(prog.insns[i])) continue;
    const auto taken = outcome(prog.insns[i], prog.const_regs[i]);
    if (!taken) continue;
    Insn jump = prog.insns[i];
    jump = {.code = bpf::JMP | bpf::JA, .off = *taken ? jump.off : s16{0}};
    prog.insns[i] = jump;
    changed = true;
  }
  if (!changed) return go_on;
  prog.postorder.clear();
  return compute_postorder(prog);
}

}  // namespace bpfcheck::sim
