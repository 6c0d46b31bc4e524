// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Loads from the stack: fills, and reads of plain data. See stack.h.
#include "verifier_sim/flow/stack_liveness.h"
#include "verifier_sim/log/names.h"
#include "verifier_sim/memory/stack.h"
#include "verifier_sim/prune/backtrack.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/slots.h"

namespace bpfcheck::sim {
namespace {

/// What dst becomes by a load of [min_off, max_off), no fill: zero where all of it is, else some number.
void mark_reg_stack_read(Env& env, const Frame* ptr_state, int min_off, int max_off, int dst_regno) {
  Reg* regs = env.cur_regs();
  bool all_zero = true;
  for (int i = min_off; i < max_off && all_zero; i++) {
    const int spi = get_spi(i);
    env.mark_stack_slot_scratched(static_cast<u32>(spi));
    all_zero = ptr_state->stack[static_cast<size_t>(spi)].slot[(-i - 1) % bpf::REG_SIZE] == SlotType::Zero;
  }
  if (all_zero) mark_reg_const_zero_raw(env, &regs[dst_regno]);
  else mark_reg_unknown(env, regs, static_cast<u32>(dst_regno));
}

/// The load of spilled bytes starts where the spill's value does: bytes at the other end are cut off.
bool bpf_stack_narrow_access_ok(const Env& env, int off, int fill_size, int spill_size) {
  if (env.target.arch == Arch::s390x) off -= spill_size - fill_size;
  return off % bpf::REG_SIZE == 0;
}

struct ByteCounts {
  int spilled = 0, zero = 0;
};

/// Every byte that is read has a value. Spilled bytes count as such where `spill_ok`.
int check_bytes(Env& env, const StackSlot& slot, int off, int size, bool spill_ok, ByteCounts* counts) {
  const int byte = -off - 1;
  for (int i = 0; i < size; i++) {
    const SlotType type = slot.slot[(byte - i) % bpf::REG_SIZE];
    if (type == SlotType::Spill && spill_ok) counts->spilled++;
    else if (type == SlotType::Zero) counts->zero++;
    else if (type != SlotType::Misc && !(type == SlotType::Invalid && env.allow_uninit_stack))
      return env.reject(Msg::InvalidStackRead, off, i, size);
  }
  return 0;
}

/// A load of part of a spilled scalar, or of the slot around a narrow spill. *restores: it is a fill, for the history.
int fill_partly(Env& env, const StackSlot& slot, int off, int size, int spill_size, int dst_regno, bool* restores) {
  Reg* regs = env.cur_regs();
  Reg& dst = regs[dst_regno];
  if (size <= spill_size && bpf_stack_narrow_access_ok(env, off, size, spill_size)) {
    const s32 subreg_def = dst.subreg_def;
    dst = slot.spilled;
    dst.subreg_def = subreg_def;
    if (get_reg_width(&slot.spilled) > size * 8) dst.id = 0;
    return 0;
  }
  ByteCounts counts;
  if (int err = check_bytes(env, slot, off, size, true, &counts)) return err;
  if (counts.spilled == size && slot.spilled.var_off.equals_const(0)) {
    mark_reg_const_zero_raw(env, &dst);
    return 0;
  }
  *restores = false;
  if (counts.zero == size) mark_reg_const_zero_raw(env, &dst);
  else mark_reg_unknown(env, regs, static_cast<u32>(dst_regno));
  return 0;
}

int check_stack_read_fixed_off(Env& env, Frame* ptr_state, int off, int size, int dst_regno) {
  const int spi = get_spi(off);
  const StackSlot& slot = ptr_state->stack[static_cast<size_t>(spi)];
  env.mark_stack_slot_scratched(static_cast<u32>(spi));
  check_fastcall_stack_contract(env, env.cur_func(), env.insn_idx, off);
  if (int err = bpf_mark_stack_read(env, ptr_state->frameno, env.insn_idx, u64{1} << spi)) return err;

  if (!slot.is_spilled_reg()) {
    ByteCounts counts;
    if (int err = check_bytes(env, slot, off, size, false, &counts)) return err;
    if (dst_regno >= 0) mark_reg_stack_read(env, ptr_state, off, off + size, dst_regno);
    return 0;
  }

  bool restores = true;
  int spill_size = 1;
  for (int i = bpf::REG_SIZE - 1; i > 0 && slot.slot[i - 1] == SlotType::Spill; i--) spill_size++;
  if (size != bpf::REG_SIZE || spill_size != bpf::REG_SIZE) {
    if (slot.spilled.type != SCALAR_VALUE) {
      if (env.watched()) env.observer->on_source_line(env, env.insn_idx);
      return env.reject(Msg::InvalidFillSize);
    }
    if (dst_regno < 0) return 0;
    if (int err = fill_partly(env, slot, off, size, spill_size, dst_regno, &restores)) return err;
  } else if (dst_regno >= 0) {
    env.cur_regs()[dst_regno] = slot.spilled;
  } else if (is_pointer_value_raw(env.allow_ptr_leaks, &slot.spilled)) {
    return env.reject(Msg::LeakFromStack, off);
  }
  if (!restores) return 0;
  return push_jmp_history(env, env.cur_state, insn_stack_access_flags(static_cast<int>(ptr_state->frameno), spi), 0);
}

int check_stack_read_var_off(Env& env, int ptr_regno, int off, int size, int dst_regno) {
  const Reg* reg = env.reg_state(static_cast<u32>(ptr_regno));
  Frame* ptr_state = env.func(reg);
  if (int err = check_stack_range_initialized(env, ptr_regno, off, size, false, AccessType::Read, nullptr)) return err;
  // dst may be the pointer itself: its range is read before dst is written.
  const int min_off = static_cast<int>(reg->smin + off), max_off = static_cast<int>(reg->smax + off);
  mark_reg_stack_read(env, ptr_state, min_off, max_off + size, dst_regno);
  check_fastcall_stack_contract(env, ptr_state, env.insn_idx, min_off);
  return 0;
}

}  // namespace

int check_stack_read(Env& env, int ptr_regno, int off, int size, int dst_regno) {
  const Reg* reg = env.reg_state(static_cast<u32>(ptr_regno));
  if (reg->is_const())
    return check_stack_read_fixed_off(env, env.func(reg), off + static_cast<int>(reg->const_value()), size, dst_regno);
  if (dst_regno < 0) return env.reject(Msg::VarStackPtrToHelper, tnum_strn(reg->var_off), off, size);
  return check_stack_read_var_off(env, ptr_regno, off, size, dst_regno);
}

}  // namespace bpfcheck::sim
