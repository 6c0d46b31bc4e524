// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See insn_fields.h.
#include "verifier_sim/engine/insn_fields.h"

namespace bpfcheck::sim {
namespace {

constexpr u8 stack_args_reg = bpf::MAX_REG;  ///< BPF_REG_PARAMS

bool extends(s16 off, bool whole) { return off == 0 || off == 8 || off == 16 || (off == 32 && whole); }

Stop check_mov_form(Env& env, const Insn& i) {
  const bool whole = i.cls() == bpf::ALU64;
  if (whole && i.src_is_reg() && i.off == bpf::ADDR_SPACE_CAST)
    return i.imm == 1 || i.imm == 1 << 16 ? go_on : env.reject(Msg::AddrSpaceCastSpaces);
  const bool fine = i.src_is_reg() ? extends(i.off, whole) && !i.imm : !i.src && !i.off;
  return fine ? go_on : env.reject(Msg::MovReservedFields);
}

Stop check_alu_fields(Env& env, const Insn& i) {
  switch (i.op()) {
    case bpf::NEG:
      return i.src_is_reg() || i.src || i.off || i.imm ? env.reject(Msg::NegReservedFields) : go_on;
    case bpf::END: {
      const bool width = i.imm == 16 || i.imm == 32 || i.imm == 64;
      const bool swaps = i.cls() != bpf::ALU64 || !i.src_is_reg();
      return i.src || i.off || !width || !swaps ? env.reject(Msg::EndReservedFields) : go_on;
    }
    case bpf::MOV:
      return check_mov_form(env, i);
    default: {
      if (i.op() > bpf::ARSH) return env.reject(Msg::InvalidAluOpcode, i.op());
      const bool is_signed = i.off == 1 && (i.op() == bpf::DIV || i.op() == bpf::MOD);
      const bool fine = (i.off == 0 || is_signed) && (i.src_is_reg() ? !i.imm : !i.src);
      return fine ? go_on : env.reject(Msg::AluReservedFields);
    }
  }
}

Stop check_jmp_fields(Env& env, const Insn& i) {
  const bool jmp32 = i.cls() == bpf::JMP32;
  switch (i.op()) {
    case bpf::CALL:
      if (i.src_is_reg() || (i.src != bpf::PSEUDO_KFUNC_CALL && i.off) || i.src > bpf::PSEUDO_KFUNC_CALL || i.dst ||
          jmp32)
        return env.reject(Msg::CallReservedFields);
      return go_on;
    case bpf::JA:
      if (i.src_is_reg()) return env.unsupported("indirect jumps");
      return i.src || i.dst || (jmp32 ? i.off != 0 : i.imm != 0) ? env.reject(Msg::JaReservedFields) : go_on;
    case bpf::EXIT:
      return i.src_is_reg() || i.imm || i.src || i.dst || jmp32 ? env.reject(Msg::ExitReservedFields) : go_on;
    case bpf::JCOND:
      if (i.code != (bpf::JMP | bpf::JCOND) || i.src != bpf::MAY_GOTO || i.dst || i.imm)
        return env.reject(Msg::InvalidMayGoto, i.imm);
      return go_on;
    default:
      return (i.src_is_reg() ? i.imm != 0 : i.src != 0) ? env.reject(Msg::JmpReservedFields) : go_on;
  }
}

}  // namespace

Stop check_registers(Env& env, const Insn& insn) {
  for (u8 regno : {u8{insn.dst}, u8{insn.src}}) {
    if (regno == stack_args_reg) return env.unsupported("arguments on the stack");
    if (regno >= bpf::MAX_REG) return env.reject(Msg::RegisterInvalid, regno);
  }
  return go_on;
}

Stop check_insn_fields(Env& env, const Insn& i) {
  switch (i.cls()) {
    case bpf::ALU:
    case bpf::ALU64:
      return check_alu_fields(env, i);
    case bpf::LDX:
      return (i.mode() != bpf::MEM && i.mode() != bpf::MEMSX) || i.imm ? env.reject(Msg::LdxReservedFields) : go_on;
    case bpf::STX:
      if (i.mode() == bpf::ATOMIC) return go_on;
      return i.mode() != bpf::MEM || i.imm ? env.reject(Msg::StxReservedFields) : go_on;
    case bpf::ST:
      return i.mode() != bpf::MEM || i.src ? env.reject(Msg::StReservedFields) : go_on;
    case bpf::LD: {
      if (i.mode() != bpf::ABS && i.mode() != bpf::IND)
        return i.mode() == bpf::IMM ? go_on : env.reject(Msg::LdInvalidMode);
      const bool fine = !i.dst && !i.off && i.size() != bpf::DW && (i.mode() == bpf::IND || !i.src);
      return fine ? go_on : env.reject(Msg::LdAbsReservedFields);
    }
    default:
      return check_jmp_fields(env, i);
  }
}

}  // namespace bpfcheck::sim
