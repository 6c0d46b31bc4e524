// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See load_store.h, atomic.h.
#include "verifier_sim/transfer/load_store.h"

#include "verifier_sim/memory/access.h"
#include "verifier_sim/memory/bounds_check.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/transfer/atomic.h"
#include "verifier_sim/transfer/reg_access.h"

namespace bpfcheck::sim {
namespace {

bool mismatch_is_fatal(u32 type) {
  switch (base_type(type)) {
    case PTR_TO_CTX:
    case PTR_TO_SOCKET:
    case PTR_TO_SOCK_COMMON:
    case PTR_TO_TCP_SOCK:
    case PTR_TO_XDP_SOCK:
    case PTR_TO_BTF_ID:
    case PTR_TO_ARENA:
      return true;
    default:
      return false;
  }
}

bool mem_or_btf(u32 t) { return base_type(t) == PTR_TO_MEM || base_type(t) == PTR_TO_BTF_ID; }

Stop access(Env& env, const Insn& insn, u32 regno, AccessType t, int value, bool strict, bool ldsx = false) {
  return check_mem_access(env, static_cast<int>(env.path.insn_idx), regno, insn.off, insn.size(), t, value, strict,
                          ldsx);
}

/// bpf_jit_supports_insn for an atomic instruction on an arena, where that can be known.
Expected<bool> jit_supports_arena_atomic(Env& env, const Insn& insn) {
  const bool wide = insn.size() == bpf::W || insn.size() == bpf::DW;
  const bool load_store = insn.imm == bpf::LOAD_ACQ || insn.imm == bpf::STORE_REL;
  switch (env.target.arch) {
    case Arch::x86_64:
      return !wide || (insn.imm != (bpf::AND | bpf::FETCH) && insn.imm != (bpf::OR | bpf::FETCH) &&
                       insn.imm != (bpf::XOR | bpf::FETCH));
    case Arch::arm64:
      if (!wide || load_store) return true;
      return std::unexpected(env.unsupported("arena atomics on arm64: depend on the processor (LSE)"));
    case Arch::s390x:
      return !load_store;
    default:
      return std::unexpected(env.unsupported("arena atomics on this architecture"));
  }
}

/// The pointer must be of a kind that takes atomic accesses (atomic_ptr_type_ok).
Stop check_atomic_ptr(Env& env, u32 regno, const Insn& insn, const char* what) {
  const Reg& r = *env.path.reg_state(regno);
  Expected<bool> ok = r.type != PTR_TO_CTX && !r.is_pkt() && r.type != PTR_TO_FLOW_KEYS && !type_is_sk_pointer(r.type);
  if (r.type == PTR_TO_ARENA) ok = jit_supports_arena_atomic(env, insn);
  if (!ok) return ok.error();
  return *ok ? go_on : env.reject(Msg::AtomicNotAllowed, what, regno, reg_type_str(r.type));
}

Stop check_rmw(Env& env, const Insn& insn) {
  if (insn.size() != bpf::W && insn.size() != bpf::DW) return env.reject(Msg::InvalidAtomicSize);
  if (Stop stop = check_reg_arg(env, insn.src, SRC_OP)) return stop;
  if (Stop stop = check_reg_arg(env, insn.dst, SRC_OP)) return stop;
  if (insn.imm == bpf::CMPXCHG) {
    if (Stop stop = check_reg_arg(env, 0, SRC_OP)) return stop;
    if (is_pointer_value(env, 0)) return env.reject(Msg::LeaksAddr, 0, "mem");
  }
  if (is_pointer_value(env, insn.src)) return env.reject(Msg::LeaksAddr, static_cast<u32>(insn.src), "mem");
  if (Stop stop = check_atomic_ptr(env, insn.dst, insn, "stores into")) return stop;
  int load_reg = -1;
  if (insn.imm & bpf::FETCH) {
    load_reg = insn.imm == bpf::CMPXCHG ? 0 : insn.src;
    if (Stop stop = check_reg_arg(env, static_cast<u32>(load_reg), DST_OP)) return stop;
  }
  if (Stop stop = access(env, insn, insn.dst, AccessType::Read, -1, true)) return stop;
  if (load_reg >= 0)
    if (Stop stop = access(env, insn, insn.dst, AccessType::Read, load_reg, true)) return stop;
  if (env.path.reg_state(insn.dst)->type == PTR_TO_ARENA)
    if (Stop stop = save_aux_ptr_type(env, PTR_TO_ARENA, false)) return stop;
  return access(env, insn, insn.dst, AccessType::Write, -1, true);
}

}  // namespace

Stop save_aux_ptr_type(Env& env, u32 type, bool allow_trust_mismatch) {
  u32& prev = env.cur_aux()->ptr_type;
  if (prev == NOT_INIT) {
    prev = type;
  } else if (type != prev && (mismatch_is_fatal(type) || mismatch_is_fatal(prev))) {
    if (!allow_trust_mismatch || !mem_or_btf(type) || !mem_or_btf(prev)) return env.reject(Msg::DifferentPointers);
    const bool mem = base_type(type) == PTR_TO_MEM || base_type(prev) == PTR_TO_MEM;
    prev = (mem ? PTR_TO_MEM : PTR_TO_BTF_ID) | ((type | prev) & (PTR_UNTRUSTED | MEM_RDONLY));
  }
  return go_on;
}

Stop check_load_mem(Env& env, const Insn* insn, bool strict, bool is_ldsx, bool allow_trust_mismatch, const char* ctx) {
  if (Stop stop = check_reg_arg(env, insn->src, SRC_OP)) return stop;
  if (Stop stop = check_reg_arg(env, insn->dst, DST_OP_NO_MARK)) return stop;
  const u32 src_type = env.path.cur_regs()[insn->src].type;
  if (Stop stop = access(env, *insn, insn->src, AccessType::Read, insn->dst, strict, is_ldsx)) return stop;
  if (Stop stop = save_aux_ptr_type(env, src_type, allow_trust_mismatch)) return stop;
  return reg_bounds_sanity_check(env, &env.path.cur_regs()[insn->dst], ctx);
}

Stop check_store_reg(Env& env, const Insn* insn, bool strict) {
  if (Stop stop = check_reg_arg(env, insn->src, SRC_OP)) return stop;
  if (Stop stop = check_reg_arg(env, insn->dst, SRC_OP)) return stop;
  const u32 dst_type = env.path.cur_regs()[insn->dst].type;
  if (Stop stop = access(env, *insn, insn->dst, AccessType::Write, insn->src, strict)) return stop;
  return save_aux_ptr_type(env, dst_type, false);
}

Stop check_atomic(Env& env, const Insn* insn) {
  const bool ordered = insn->imm == bpf::LOAD_ACQ || insn->imm == bpf::STORE_REL;
  if (ordered && !env.target.has(Feature::load_acquire))
    return env.reject(Msg::InvalidAtomicOp, static_cast<u32>(insn->imm));
  const bool too_wide = insn->size() == bpf::DW && env.target.btf && env.target.btf->pointer_size() == 4;
  switch (insn->imm) {
    case bpf::ADD:
    case bpf::ADD | bpf::FETCH:
    case bpf::AND:
    case bpf::AND | bpf::FETCH:
    case bpf::OR:
    case bpf::OR | bpf::FETCH:
    case bpf::XOR:
    case bpf::XOR | bpf::FETCH:
    case bpf::XCHG:
    case bpf::CMPXCHG:
      return check_rmw(env, *insn);
    case bpf::LOAD_ACQ:
      if (too_wide) return env.reject(Msg::LoadAcquireWidth);
      if (Stop stop = check_load_mem(env, insn, true, false, false, "atomic_load")) return stop;
      return check_atomic_ptr(env, insn->src, *insn, "loads from");  // as it is after the load, which may overwrite it
    case bpf::STORE_REL:
      if (too_wide) return env.reject(Msg::StoreReleaseWidth);
      if (Stop stop = check_store_reg(env, insn, true)) return stop;
      return check_atomic_ptr(env, insn->dst, *insn, "stores into");
    default:
      return env.reject(Msg::InvalidAtomicOp, static_cast<u32>(insn->imm));
  }
}

}  // namespace bpfcheck::sim
