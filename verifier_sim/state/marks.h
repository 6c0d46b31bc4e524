// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Setting a register's state, and asking about it (mark_reg_*, reg_*: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/domain/ranges.h"
#include "verifier_sim/program/program.h"
#include "verifier_sim/state/path.h"

namespace bpfcheck::sim {

void mark_reg_known_raw(Reg* reg, u64 imm);  ///< value and ranges; off, facts and identities go, the type stays
inline void mark_reg_known_zero_raw(Reg* reg) { mark_reg_known_raw(reg, 0); }
void mark_reg_const_zero_raw(const Privileges& may, Reg* reg);
void mark_reg_known_zero(Reg* regs, u32 regno);
void mark_reg_unknown_imprecise(Reg* reg);
void mark_reg_unknown_raw(const Privileges& may, Reg* reg);
void mark_reg_unknown(const Privileges& may, Reg* regs, u32 regno);
void mark_reg_not_init_raw(const Privileges& may, Reg* reg);
void mark_reg_not_init(const Privileges& may, Reg* regs, u32 regno);
void mark_ptr_not_null_reg(Reg* reg);
void init_func_state(const Privileges& may, Frame* frame, int callsite, u32 frameno, u32 subprogno);

inline bool is_reg_const(const Reg* reg, bool subreg32) {
  return reg->type == SCALAR_VALUE && (subreg32 ? reg->subreg_is_const() : reg->is_const());
}
inline u64 reg_const_value(const Scalar* reg, bool subreg32) {
  return subreg32 ? tnum_subreg(reg->var_off()).value : reg->var_off().value;
}
inline bool register_is_null(const Reg* reg) { return reg->is_null(); }
inline bool is_pointer_value_raw(bool allow_ptr_leaks, const Reg* reg) {
  return !allow_ptr_leaks && reg->type != SCALAR_VALUE;
}
inline bool type_is_sk_pointer(u32 t) {
  return t == PTR_TO_SOCKET || t == PTR_TO_SOCK_COMMON || t == PTR_TO_TCP_SOCK || t == PTR_TO_XDP_SOCK;
}
bool is_trusted_reg(const Reg* reg);
inline bool is_rcu_reg(const Reg* reg) { return reg->type & MEM_RCU; }
/// A pointer's whole distance, its constant offset among it.
Scalar folded(const Ranges& ranges, const Reg& ptr);
bool reg_not_null(const Target& target, const Reg* reg);
void assign_scalar_id_before_mov(Path& path, Reg* src);
/// Bits that a scalar may occupy, counted from the lowest.
int get_reg_width(const Reg* reg);
inline bool reg_is_init_pkt_pointer(const Reg* reg, u32 which) {
  return reg->type == which && reg->id == 0 && reg->off == 0 && reg->var_off().equals_const(0);
}

}  // namespace bpfcheck::sim
