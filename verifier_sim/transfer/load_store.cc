// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See load_store.h, atomic.h.
#include "verifier_sim/transfer/load_store.h"

#include "verifier_sim/log/names.h"
#include "verifier_sim/memory/access.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/transfer/atomic.h"
#include "verifier_sim/transfer/reg_access.h"

namespace bpfcheck::sim {
namespace {

bool mismatch_is_fatal(u32 type) {
  switch (base_type(type)) {
    case PTR_TO_CTX: case PTR_TO_SOCKET: case PTR_TO_SOCK_COMMON: case PTR_TO_TCP_SOCK: case PTR_TO_XDP_SOCK: case PTR_TO_BTF_ID:
    case PTR_TO_ARENA: return true;
    default: return false;
  }
}

bool mem_or_btf(u32 t) { return base_type(t) == PTR_TO_MEM || base_type(t) == PTR_TO_BTF_ID; }

int access(Env& env, const Insn& insn, u32 regno, AccessType t, int value, bool strict, bool ldsx = false) {
  return check_mem_access(env, static_cast<int>(env.insn_idx), regno, insn.off, insn.size(), t, value, strict, ldsx);
}

bool atomic_ptr_ok(Env& env, u32 regno, const Insn& insn) {
  const Reg& r = *env.reg_state(regno);
  if (r.type == PTR_TO_CTX || r.is_pkt() || r.type == PTR_TO_FLOW_KEYS || type_is_sk_pointer(r.type)) return false;
  return r.type != PTR_TO_ARENA || insn.imm < bpf::LOAD_ACQ || env.target.jit;
}

int check_rmw(Env& env, const Insn& insn) {
  if (insn.size() != bpf::W && insn.size() != bpf::DW) return env.reject(Msg::InvalidAtomicSize);
  if (int err = check_reg_arg(env, insn.src, SRC_OP)) return err;
  if (int err = check_reg_arg(env, insn.dst, SRC_OP)) return err;
  if (insn.imm == bpf::CMPXCHG) {
    if (int err = check_reg_arg(env, 0, SRC_OP)) return err;
    if (is_pointer_value(env, 0)) return env.reject(Msg::LeaksAddr, 0, "mem");
  }
  if (is_pointer_value(env, insn.src)) return env.reject(Msg::LeaksAddr, static_cast<u32>(insn.src), "mem");
  if (!atomic_ptr_ok(env, insn.dst, insn)) return env.reject(Msg::AtomicNotAllowed, "stores into", static_cast<u32>(insn.dst), reg_type_str(env.reg_state(insn.dst)->type));
  int load_reg = -1;
  if (insn.imm & bpf::FETCH) {
    load_reg = insn.imm == bpf::CMPXCHG ? 0 : insn.src;
    if (int err = check_reg_arg(env, static_cast<u32>(load_reg), DST_OP)) return err;
  }
  if (int err = access(env, insn, insn.dst, AccessType::Read, -1, true)) return err;
  if (load_reg >= 0)
    if (int err = access(env, insn, insn.dst, AccessType::Read, load_reg, true)) return err;
  if (env.reg_state(insn.dst)->type == PTR_TO_ARENA)
    if (int err = save_aux_ptr_type(env, PTR_TO_ARENA, false)) return err;
  return access(env, insn, insn.dst, AccessType::Write, -1, true);
}

}  // namespace

int save_aux_ptr_type(Env& env, u32 type, bool allow_trust_mismatch) {
  u32& prev = env.cur_aux()->ptr_type;
  if (prev == NOT_INIT) {
    prev = type;
  } else if (type != prev && (mismatch_is_fatal(type) || mismatch_is_fatal(prev))) {
    if (!allow_trust_mismatch || !mem_or_btf(type) || !mem_or_btf(prev)) return env.reject(Msg::DifferentPointers);
    const bool mem = base_type(type) == PTR_TO_MEM || base_type(prev) == PTR_TO_MEM;
    prev = (mem ? PTR_TO_MEM : PTR_TO_BTF_ID) | ((type | prev) & (PTR_UNTRUSTED | MEM_RDONLY));
  }
  return 0;
}

int check_load_mem(Env& env, const Insn* insn, bool strict, bool is_ldsx, bool allow_trust_mismatch, const char* ctx) {
  if (int err = check_reg_arg(env, insn->src, SRC_OP)) return err;
  if (int err = check_reg_arg(env, insn->dst, DST_OP_NO_MARK)) return err;
  const u32 src_type = env.cur_regs()[insn->src].type;
  if (int err = access(env, *insn, insn->src, AccessType::Read, insn->dst, strict, is_ldsx)) return err;
  if (int err = save_aux_ptr_type(env, src_type, allow_trust_mismatch)) return err;
  return reg_bounds_sanity_check(env, &env.cur_regs()[insn->dst], ctx);
}

int check_store_reg(Env& env, const Insn* insn, bool strict) {
  if (int err = check_reg_arg(env, insn->src, SRC_OP)) return err;
  if (int err = check_reg_arg(env, insn->dst, SRC_OP)) return err;
  const u32 dst_type = env.cur_regs()[insn->dst].type;
  if (int err = access(env, *insn, insn->dst, AccessType::Write, insn->src, strict)) return err;
  return save_aux_ptr_type(env, dst_type, false);
}

int check_atomic(Env& env, const Insn* insn) {
  switch (insn->imm) {
    case bpf::ADD: case bpf::ADD | bpf::FETCH: case bpf::AND: case bpf::AND | bpf::FETCH: case bpf::OR: case bpf::OR | bpf::FETCH:
    case bpf::XOR: case bpf::XOR | bpf::FETCH: case bpf::XCHG: case bpf::CMPXCHG: return check_rmw(env, *insn);
    case bpf::LOAD_ACQ:
      if (!atomic_ptr_ok(env, insn->src, *insn)) return env.reject(Msg::AtomicNotAllowed, "loads from", static_cast<u32>(insn->src), reg_type_str(env.reg_state(insn->src)->type));
      return check_load_mem(env, insn, true, false, false, "atomic_load");
    case bpf::STORE_REL:
      if (!atomic_ptr_ok(env, insn->dst, *insn)) return env.reject(Msg::AtomicNotAllowed, "stores into", static_cast<u32>(insn->dst), reg_type_str(env.reg_state(insn->dst)->type));
      return check_store_reg(env, insn, true);
    default: return env.reject(Msg::InvalidAtomicOp, insn->imm);
  }
}

}  // namespace bpfcheck::sim
