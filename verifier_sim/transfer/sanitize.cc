// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See sanitize.h.
#include "verifier_sim/transfer/sanitize.h"

#include <cstdlib>

#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

/// BPF_ALU_*: how an operation is patched.
constexpr u8 SANITIZE_SRC = 1, SANITIZE_DST = 2, NEG_VALUE = 4, NON_POINTER = 8, IMMEDIATE = 16;

enum class Reason : u8 { Fine, Bounds, Type, Paths, Limit, Stack };

bool can_skip(Env& env, const Insn& insn) {
  return env.prog.may.bypass_spec_v1 || !insn.src_is_reg() || env.cur_aux()->nospec;
}

/// How far the pointer may still move in the direction of the operation.
Reason retrieve_ptr_limit(const Reg& ptr, u32& limit, bool mask_to_left) {
  u32 max, room;
  switch (ptr.type) {
    case PTR_TO_STACK:  // offset 0 is outside, yet where a move to the left may begin
      max = bpf::MAX_STACK + mask_to_left;
      room = static_cast<u32>(-(static_cast<s64>(ptr.var_off().value) + ptr.off));
      break;
    case PTR_TO_MAP_VALUE:
      max = ptr.u.map->def->value_size;
      room =
          static_cast<u32>((mask_to_left ? static_cast<u64>(ptr.smin()) : ptr.umax()) + static_cast<u64>(s64{ptr.off}));
      break;
    default:
      return Reason::Type;
  }
  if (room >= max) return Reason::Limit;
  limit = room;
  return Reason::Fine;
}

/// One patch must do for all paths that reach the instruction.
template <class Aux>
Reason update_state(Aux& aux, u8 state, u32 limit) {
  if (aux.alu_state && (aux.alu_state != state || aux.alu_limit != limit)) return Reason::Paths;
  aux.alu_state = state;
  aux.alu_limit = limit;
  return Reason::Fine;
}

Stop refuse(Env& env, const Insn& insn, Reason reason, bool off_is_dst) {
  const u32 dst = insn.dst, src = insn.src;
  const char* op = insn.op() == bpf::ADD ? "add" : "sub";
  switch (reason) {
    case Reason::Fine:
      return go_on;
    case Reason::Bounds:
      return env.reject(Msg::SanitizeMixedBounds, off_is_dst ? dst : src);
    case Reason::Type:
      return env.reject(Msg::SanitizeType, off_is_dst ? src : dst);
    case Reason::Paths:
      return env.reject(Msg::SanitizePaths, dst, op);
    case Reason::Limit:
      return env.reject(Msg::SanitizeLimit, dst, op);
    case Reason::Stack:
      return env.reject(Msg::SanitizeStack, dst);
  }
  return go_on;
}

/// Queues the path on which masking made the number zero: the pointer stays where it is.
Reason simulate_masked(Env& env, const Reg* ptr, Reg* dst) {
  const bool ptr_is_dst = ptr == dst;
  const Reg saved = *dst;
  if (!ptr_is_dst) *dst = *ptr;
  if (!sanitize_speculative_path(env, nullptr, env.path.insn_idx + 1, env.path.insn_idx)) return Reason::Stack;
  if (!ptr_is_dst) *dst = saved;
  return Reason::Fine;
}

Reason sanitize_ptr(Env& env, const Insn& insn, const Reg* ptr, const Reg& off, Reg* dst, SanitizeInfo& info,
                    bool commit) {
  const bool constant = off.is_const(), negative = off.smin() < 0;
  // The non-speculative path has settled the patch already: only bad accesses are looked for.
  if (!env.path.cur_state->speculative) {
    if (!commit) {
      if (!constant && negative != (off.smax() < 0)) return Reason::Bounds;
      info.mask_to_left = insn.op() == bpf::ADD ? negative : !negative;
    }
    u32 limit = 0;
    if (Reason r = retrieve_ptr_limit(*ptr, limit, info.mask_to_left); r != Reason::Fine) return r;
    Reason r;
    if (commit) {
      // Only as far as the pointer was seen to move.
      r = update_state(*env.cur_aux(), info.alu_state,
                       static_cast<u32>(std::abs(static_cast<s32>(info.alu_limit - limit))));
    } else {
      const u8 where = ptr == dst ? SANITIZE_SRC : SANITIZE_DST;
      r = update_state(info, static_cast<u8>((negative ? NEG_VALUE : 0) | (constant ? IMMEDIATE : 0) | where), limit);
      if (!constant) env.prog.explore_alu_limits = true;  // other paths may come with other limits
    }
    if (r != Reason::Fine) return r;
  }
  return commit || constant ? Reason::Fine : simulate_masked(env, ptr, dst);
}

}  // namespace

bool sanitize_speculative_path(Env& env, const Insn* insn, u32 next_idx, u32 curr_idx) {
  State* branch = push_stack(env, static_cast<int>(next_idx), static_cast<int>(curr_idx), true);
  if (!branch) return false;
  if (insn) {
    mark_reg_unknown(env.prog.may, branch->regs(), insn->dst);
    if (insn->src_is_reg()) mark_reg_unknown(env.prog.may, branch->regs(), insn->src);
  }
  return true;
}

Stop sanitize_val_alu(Env& env, const Insn& insn) {
  if (can_skip(env, insn)) return go_on;
  return refuse(env, insn, update_state(*env.cur_aux(), NON_POINTER, 0), false);
}

Stop sanitize_ptr_alu(Env& env, const Insn& insn, const Reg* ptr, const Reg& off, Reg* dst, bool off_is_dst,
                      SanitizeInfo& info, bool commit) {
  if (can_skip(env, insn)) return go_on;
  return refuse(env, insn, sanitize_ptr(env, insn, ptr, off, dst, info, commit), off_is_dst);
}

Stop sanitize_check_bounds(Env& env, const Insn& insn, const Reg* dst) {
  if (env.prog.may.bypass_spec_v1) return go_on;
  const u32 regno = insn.dst;
  if (dst->type == PTR_TO_STACK) {
    const int off = dst->off + static_cast<int>(dst->var_off().value);
    if (!dst->is_const()) return env.reject(Msg::SanitizeVarStack, regno, tnum_strn(dst->var_off()), off);
    if (off >= 0 || off < -bpf::MAX_STACK) return env.reject(Msg::SanitizeStackRange, regno, off);
  } else if (dst->type == PTR_TO_MAP_VALUE) {
    if (check_map_access(env, regno, dst->off, 1, false, false)) return env.reject(Msg::SanitizeMapRange, regno);
  }
  return go_on;  // other types have no limit to mask with, and sanitize_ptr_alu says so
}

}  // namespace bpfcheck::sim
