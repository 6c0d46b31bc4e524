// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See reg_access.h.
#include "verifier_sim/transfer/reg_access.h"

#include "verifier_sim/search/read_marks.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

/// Does the instruction read all 64 bits of the register (is_reg64)?
bool reads_all(const Insn& i, const Reg& reg) {
  switch (i.cls()) {
    case bpf::ALU64:
      return i.op() != bpf::END || (i.imm != 16 && i.imm != 32);
    case bpf::ALU:
      return i.op() == bpf::END && i.imm == 64;
    case bpf::JMP:
      return i.op() != bpf::CALL || i.src != bpf::PSEUDO_CALL;
    case bpf::JMP32:
      return false;
    case bpf::STX:
      return reg.type != SCALAR_VALUE || i.size() == bpf::DW;
    default:
      return true;
  }
}

}  // namespace

Stop check_reg_arg_in(Env& env, Frame& frame, u32 regno, RegArg t) {
  if (regno >= bpf::MAX_REG) return env.reject(Msg::RegisterInvalid, regno);
  env.notes.mark_reg_scratched(regno);
  Reg* reg = &frame.regs[regno];
  if (t == SRC_OP) {
    if (reg->type == NOT_INIT) return env.reject(Msg::RegisterNotReadable, regno);
    if (regno == bpf::REG_FP) return go_on;
    if (env.laws.search.read_marks())
      mark_read(env, frame, regno,
                reads_all(env.prog.insns[env.path.insn_idx], *reg) ? ReadMark::Read64 : ReadMark::Read32);
    return go_on;
  }
  if (regno == bpf::REG_FP) return env.reject(Msg::FramePointerReadOnly);
  if (env.laws.search.read_marks()) mark_written(frame, regno);
  if (t == DST_OP) mark_reg_unknown(env.prog.may, frame.regs.data(), regno);
  return go_on;
}

}  // namespace bpfcheck::sim
