// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Stores to the stack: spills, plain data, and what a store through a variable offset may hit. See stack.h.
#include <algorithm>

#include "verifier_sim/flow/stack_liveness.h"
#include "verifier_sim/memory/stack.h"
#include "verifier_sim/prune/backtrack.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/slots.h"
#include "verifier_sim/state/special_slots.h"

namespace bpfcheck::sim {
namespace {

bool is_bpf_st_mem(const Insn& insn) { return insn.cls() == bpf::ST && insn.mode() == bpf::MEM; }

/// The store of a zero, from a register or as the instruction's immediate.
bool writes_zero(const Reg* reg, const Insn& insn) {
  return reg ? register_is_null(reg) : is_bpf_st_mem(insn) && insn.imm == 0;
}

/// A speculative load could bypass this store and see what the slot held before.
bool needs_barrier(const StackSlot& slot, const Reg* reg, int size) {
  if (reg && is_spillable_regtype(reg->type)) return true;
  return std::any_of(slot.slot, slot.slot + size, [](SlotType t) { return t != SlotType::Misc && t != SlotType::Zero; });
}

int check_stack_write_fixed_off(Env& env, Frame* state, int off, int size, int value_regno, int insn_idx) {
  Frame* cur = env.cur_func();
  const int byte = -off - 1, spi = get_spi(off);
  const Insn& insn = env.insns[static_cast<size_t>(insn_idx)];
  StackSlot& slot = state->stack[static_cast<size_t>(spi)];
  Reg* reg = value_regno >= 0 ? &cur->regs[static_cast<size_t>(value_regno)] : nullptr;
  const bool whole_slot_start = off % bpf::REG_SIZE == 0;

  if (!env.allow_ptr_leaks && slot.is_spilled_reg() && !slot.is_spilled_scalar() && size != bpf::REG_SIZE)
    return env.reject(Msg::CorruptSpilledPointer);
  if (!env.bypass_spec_v4 && needs_barrier(slot, reg, size)) env.aux[static_cast<size_t>(insn_idx)].nospec_result = true;
  if (int err = destroy_if_dynptr_stack_slot(env, state, spi)) return err;
  if (whole_slot_start && size == bpf::REG_SIZE) bpf_mark_stack_write(env, state->frameno, u64{1} << spi);
  check_fastcall_stack_contract(env, state, static_cast<u32>(insn_idx), off);
  env.mark_stack_slot_scratched(static_cast<u32>(spi));

  if (reg && whole_slot_start && reg->type == SCALAR_VALUE && env.bpf_capable) {
    const bool value_fits = get_reg_width(reg) <= 8 * size;
    if (value_fits) assign_scalar_id_before_mov(env, reg);
    save_register_state(env, state, spi, reg, size);
    if (!value_fits) slot.spilled.id = 0;
  } else if (!reg && whole_slot_start && is_bpf_st_mem(insn) && env.bpf_capable) {
    Reg* tmp = &env.fake_reg[0];
    *tmp = {};
    mark_reg_known_raw(tmp, static_cast<u64>(static_cast<s64>(insn.imm)));
    tmp->type = SCALAR_VALUE;
    save_register_state(env, state, spi, tmp, size);
  } else if (reg && is_spillable_regtype(reg->type)) {
    if (size != bpf::REG_SIZE) {
      if (env.watched()) env.observer->on_source_line(env, static_cast<u32>(insn_idx));
      return env.reject(Msg::InvalidSpillSize);
    }
    if (state != cur && reg->type == PTR_TO_STACK) return env.reject(Msg::SpillStackPtrIntoCaller);
    save_register_state(env, state, spi, reg, size);
  } else {
    SlotType type = SlotType::Misc;
    scrub_special_slot(state, spi);
    if (writes_zero(reg, insn)) {
      // The slot keeps the zero but not the register that it came from.
      if (int err = mark_chain_precision(env, value_regno)) return err;
      type = SlotType::Zero;
    }
    for (int i = 0; i < size; i++) slot.slot[(byte - i) % bpf::REG_SIZE] = type;
    return 0;  // no spill: nothing for the history
  }
  return push_jmp_history(env, env.cur_state, insn_stack_access_flags(static_cast<int>(state->frameno), spi), 0);
}

int check_stack_write_var_off(Env& env, Frame* state, int ptr_regno, int off, int size, int value_regno, int insn_idx) {
  const Frame* cur = env.cur_func();
  const Reg& ptr = cur->regs[static_cast<size_t>(ptr_regno)];
  const int min_off = static_cast<int>(ptr.smin + off), max_off = static_cast<int>(ptr.smax + off + size);
  const Reg* value = value_regno >= 0 ? &cur->regs[static_cast<size_t>(value_regno)] : nullptr;
  const bool writing_zero = writes_zero(value, env.insns[static_cast<size_t>(insn_idx)]);
  bool zero_used = false;  // some byte stays known to be zero because of it

  for (int i = min_off; i < max_off; i++)
    if (int err = destroy_if_dynptr_stack_slot(env, state, get_spi(i))) return err;
  check_fastcall_stack_contract(env, state, static_cast<u32>(insn_idx), min_off);

  for (int i = min_off; i < max_off; i++) {
    const int byte = -i - 1, spi = get_spi(i);
    StackSlot& slot = state->stack[static_cast<size_t>(spi)];
    SlotType& stype = slot.slot[byte % bpf::REG_SIZE];
    env.mark_stack_slot_scratched(static_cast<u32>(spi));

    if (!env.allow_ptr_leaks && stype != SlotType::Misc && stype != SlotType::Zero)
      return env.reject(Msg::SpilledPtrInVarWrite, insn_idx, i);
    if (writing_zero && stype == SlotType::Spill && slot.is_spilled_scalar() && slot.spilled.var_off.equals_const(0)) {
      zero_used = true;
      continue;
    }
    scrub_special_slot(state, spi);

    SlotType new_type = SlotType::Misc;
    if (writing_zero && stype == SlotType::Zero) {
      new_type = SlotType::Zero;
      zero_used = true;
    }
    if (stype == SlotType::Invalid && !env.allow_uninit_stack) return env.reject(Msg::UninitInVarWrite, insn_idx, i);
    stype = new_type;
  }
  return zero_used ? mark_chain_precision(env, value_regno) : 0;
}

}  // namespace

bool is_spillable_regtype(u32 type) {
  switch (base_type(type)) {
    case PTR_TO_MAP_VALUE:
    case PTR_TO_STACK:
    case PTR_TO_CTX:
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META:
    case PTR_TO_PACKET_END:
    case PTR_TO_FLOW_KEYS:
    case CONST_PTR_TO_MAP:
    case PTR_TO_SOCKET:
    case PTR_TO_SOCK_COMMON:
    case PTR_TO_TCP_SOCK:
    case PTR_TO_XDP_SOCK:
    case PTR_TO_BTF_ID:
    case PTR_TO_BUF:
    case PTR_TO_MEM:
    case PTR_TO_FUNC:
    case PTR_TO_MAP_KEY:
    case PTR_TO_ARENA: return true;
    default: return false;
  }
}

void check_fastcall_stack_contract(Env& env, const Frame* state, u32 insn_idx, int off) {
  Subprog& sub = env.subprogs[state->subprogno];
  if (sub.fastcall_stack_off <= off || env.aux[insn_idx].fastcall_pattern) return;
  sub.fastcall_stack_off = INT16_MIN;
  for (u32 i = sub.start; i < env.subprogs[state->subprogno + 1].start; i++) {
    env.aux[i].fastcall_spills_num = 0;
    env.aux[i].fastcall_pattern = false;
  }
}

void save_register_state(Env& env, Frame* state, int spi, const Reg* reg, int size) {
  StackSlot& slot = state->stack[static_cast<size_t>(spi)];
  slot.spilled = *reg;
  int i = bpf::REG_SIZE;
  for (; i > bpf::REG_SIZE - size; i--) slot.slot[i - 1] = SlotType::Spill;
  for (; i; i--) mark_stack_slot_misc(env, &slot.slot[i - 1]);
}

int check_stack_write(Env& env, int ptr_regno, int off, int size, int value_regno, int insn_idx) {
  const Reg* reg = env.reg_state(static_cast<u32>(ptr_regno));
  Frame* state = env.func(reg);
  if (reg->is_const())
    return check_stack_write_fixed_off(env, state, off + static_cast<int>(reg->const_value()), size, value_regno, insn_idx);
  return check_stack_write_var_off(env, state, ptr_regno, off, size, value_regno, insn_idx);
}

}  // namespace bpfcheck::sim
