// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See stack.h.
#include "verifier_sim/memory/stack.h"

#include <algorithm>

#include "verifier_sim/memory/dynptr_slots.h"
#include "verifier_sim/memory/slots.h"
#include "verifier_sim/memory/spill.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/search/backtrack.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/search/stack_liveness.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

/// Bytes from fp+off up to the end of their slot.
constexpr int rest_of_slot(int off) { return (-off - 1) % bpf::REG_SIZE + 1; }

/// Stack used by anything else ends the treatment of spills around calls that keep registers.
void check_fastcall_contract(Env& env, const Frame* frame, u32 insn_idx, int off) {
  Subprog& sub = env.prog.subprogs[frame->subprogno];
  if (sub.fastcall_stack_off <= off || env.prog.aux[insn_idx].fastcall_pattern) return;
  sub.fastcall_stack_off = INT16_MIN;
  for (u32 i = sub.start; i < env.prog.subprogs[frame->subprogno + 1].start; i++)
    env.prog.aux[i].fastcall_spills_num = 0, env.prog.aux[i].fastcall_pattern = false;
}

/// Overwriting anything but plain bytes needs a barrier against reading the old value under speculation.
void note_barrier(Env& env, const StackSlot& slot, int at, int size, bool spills, u32 insn_idx) {
  if (env.prog.may.bypass_spec_v4) return;
  const bool by_byte = env.target.has(Feature::barrier_by_byte);  // else as many from the slot's end
  for (int i = 0; i < size; i++) {
    const SlotType t = slot.slot[by_byte ? (at - i) % bpf::REG_SIZE : i];
    spills |= t != SlotType::Misc && t != SlotType::Zero;
  }
  if (spills) env.prog.aux[insn_idx].nospec_result = true;
}

Stop write_fixed(Env& env, Frame* frame, int off, int size, int value_regno, u32 insn_idx) {
  const Insn& insn = env.prog.insns[insn_idx];
  const int at = -off - 1, spi = at / bpf::REG_SIZE;
  StackSlot& slot = frame->stack.edit(static_cast<u32>(spi));
  int flags = insn_stack_access_flags(static_cast<int>(frame->frameno), spi);
  const bool keeps_spill = !slot.is_spilled_scalar() || !env.laws.rules.narrow_over_scalar;
  if (!env.prog.may.allow_ptr_leaks && slot.is_spilled_reg() && keeps_spill && size != bpf::REG_SIZE)
    return env.reject(Msg::CorruptSpilledPtr);
  Frame* cur = env.path.cur_func();
  Reg* reg = value_regno >= 0 ? &cur->regs[static_cast<u32>(value_regno)] : nullptr;
  note_barrier(env, slot, at, size, reg && is_spillable(reg->type), insn_idx);
  if (Stop stop = destroy_if_dynptr_stack_slot(env, frame, spi)) return stop;
  const bool aligned = off % bpf::REG_SIZE == 0;
  if (aligned && size == bpf::REG_SIZE) bpf_mark_stack_write(env, frame->frameno, 1ull << spi);
  check_fastcall_contract(env, frame, insn_idx, off);
  env.notes.mark_stack_slot_scratched(static_cast<u32>(spi));
  if (reg && aligned && spills_scalar(env, *reg)) {
    // Where precision does not follow spills through other pointers, what leads to the value must be precise.
    if (insn.dst != bpf::REG_FP && !env.laws.search.stack_history)
      if (Stop stop = mark_chain_precision(env, value_regno)) return stop;
    const bool fits = get_reg_width(reg) <= 8 * size;
    if (fits && env.laws.rules.every_scalar_spilled) assign_scalar_id_before_mov(env.path, reg);
    save_register(env, slot, *reg, size);
    if (!fits) slot.spilled.edit().id = 0;
  } else if (!reg && aligned && spills_constant(env, insn)) {
    Reg constant;
    mark_reg_known_raw(&constant, static_cast<u64>(static_cast<s64>(insn.imm)));
    constant.type = SCALAR_VALUE;
    save_register(env, slot, constant, size);
  } else if (reg && is_spillable(reg->type)) {
    if (size != bpf::REG_SIZE) {
      if (env.notes.watched()) env.notes.observer->on_source_line(env, insn_idx);
      return env.reject(Msg::InvalidSpillSize);
    }
    if (frame != cur && reg->type == PTR_TO_STACK) return env.reject(Msg::SpillStackPtrToCaller);
    save_register(env, slot, *reg, size);
  } else {
    SlotType type = SlotType::Misc;
    scrub_special(slot);
    if ((reg && reg->is_null()) || (!reg && is_st_mem(insn) && insn.imm == 0)) {
      if (Stop stop = mark_chain_precision(env, value_regno)) return stop;
      type = SlotType::Zero;
    }
    for (int i = 0; i < size; i++) slot.slot[(at - i) % bpf::REG_SIZE] = type;
    flags = 0;
  }
  if (!flags) return go_on;
  return push_jmp_history(env, env.path.cur_state, flags, 0);
}

Stop write_variable(Env& env, Frame* frame, u32 ptr_regno, int off, int size, int value_regno, u32 insn_idx) {
  const Insn& insn = env.prog.insns[insn_idx];
  const Reg& ptr = env.path.cur_func()->regs[ptr_regno];
  const Reg* value = value_regno >= 0 ? &env.path.cur_func()->regs[static_cast<u32>(value_regno)] : nullptr;
  const int min = static_cast<int>(ptr.smin()) + off, max = static_cast<int>(ptr.smax()) + off + size;
  const bool zero = (value && value->is_null()) || (!value && is_st_mem(insn) && insn.imm == 0);
  for (int i = min; i < max; i++)
    if (Stop stop = destroy_if_dynptr_stack_slot(env, frame, get_spi(i))) return stop;
  check_fastcall_contract(env, frame, insn_idx, min);
  bool zero_used = false;
  for (int i = min; i < max; i++) {
    const int at = -i - 1;
    StackSlot& slot = frame->stack.edit(static_cast<u32>(at / bpf::REG_SIZE));
    SlotType& t = slot.slot[at % bpf::REG_SIZE];
    env.notes.mark_stack_slot_scratched(static_cast<u32>(at / bpf::REG_SIZE));
    if (!env.prog.may.allow_ptr_leaks && t != SlotType::Misc && t != SlotType::Zero)
      return env.reject(Msg::SpilledPtrInVarWrite, insn_idx, i);
    if (zero && t == SlotType::Spill && slot.is_spilled_scalar() && slot.spilled->var_off().equals_const(0) &&
        env.laws.rules.every_scalar_spilled) {
      zero_used = true;
      continue;
    }
    if (env.target.has(Feature::variable_write_scrubs))
      scrub_special(slot);
    else
      forget_register(slot);
    SlotType now = SlotType::Misc;
    if (zero && t == SlotType::Zero) now = SlotType::Zero, zero_used = true;
    if (t == SlotType::Invalid && !env.prog.may.allow_uninit_stack)
      return env.reject(Msg::UninitStackVarWrite, insn_idx, i);
    t = now;
  }
  if (zero_used) return mark_chain_precision(env, value_regno);
  return go_on;
}

void set_from_bytes(Env& env, Frame* frame, int min, int max, int dst_regno) {
  Reg* dst = &env.path.cur_func()->regs[static_cast<u32>(dst_regno)];
  int zeros = 0;
  for (int i = min; i < max; i++, zeros++) {
    const int at = -i - 1;
    env.notes.mark_stack_slot_read(static_cast<u32>(at / bpf::REG_SIZE));
    if (frame->stack[static_cast<u32>(at / bpf::REG_SIZE)].slot[at % bpf::REG_SIZE] != SlotType::Zero) break;
  }
  if (zeros == max - min) {
    mark_reg_const_zero_raw(env.prog.may, dst);
    // Bytes that are zero came of a precise register: looking back need go no further.
    if (!env.laws.search.stack_history) dst->precise = env.explorer->live_precise = true;
  } else {
    mark_reg_unknown_raw(env.prog.may, dst);
  }
}

/// Reading some bytes of a spilled scalar, or a scalar spilled in fewer bytes.
Stop fill_partly(Env& env, const StackSlot& slot, int at, int off, int size, int spill_size, Reg* dst, int& flags) {
  const Reg& reg = slot.spilled;
  const bool narrow = env.laws.rules.every_scalar_spilled;
  const int from = env.target.arch == Arch::s390x ? off - (spill_size - size) : off;  // where the value's low end is
  if ((narrow ? size <= spill_size : size == spill_size) && from % bpf::REG_SIZE == 0) {
    *dst = reg;
    if (narrow && get_reg_width(&reg) > size * 8) dst->id = 0;
    return go_on;
  }
  const bool zeros_stay = env.laws.rules.zeros_through_spills;
  int spills = 0, zeros = 0;
  for (int i = 0; i < size; i++) {
    switch (slot.slot[(at - i) % bpf::REG_SIZE]) {
      case SlotType::Spill:
        spills++;
        continue;
      case SlotType::Misc:
        continue;
      case SlotType::Zero:
        if (!zeros_stay) return env.reject(Msg::InvalidStackRead, off, i, size);
        zeros++;
        continue;
      case SlotType::Invalid:
        if (env.prog.may.allow_uninit_stack) continue;
        [[fallthrough]];
      default:
        return env.reject(Msg::InvalidStackRead, off, i, size);
    }
  }
  if (zeros_stay && spills == size && reg.var_off().equals_const(0)) {
    mark_reg_const_zero_raw(env.prog.may, dst);
  } else {
    if (zeros == size)
      mark_reg_const_zero_raw(env.prog.may, dst);
    else
      mark_reg_unknown_raw(env.prog.may, dst);
    flags = 0;
  }
  return go_on;
}

Stop read_fixed(Env& env, Frame* frame, int off, int size, int dst_regno) {
  Frame* cur = env.path.cur_func();
  const int at = -off - 1, spi = at / bpf::REG_SIZE;
  int flags = insn_stack_access_flags(static_cast<int>(frame->frameno), spi);
  const StackSlot& slot = frame->stack[static_cast<u32>(spi)];
  env.notes.mark_stack_slot_read(static_cast<u32>(spi));
  check_fastcall_contract(env, cur, env.path.insn_idx, off);
  if (Stop stop = bpf_mark_stack_read(env, frame->frameno, env.path.insn_idx, 1ull << spi)) return stop;
  if (slot.is_spilled_reg()) {
    int spill_size = 1;
    for (int i = 7; i > 0 && slot.slot[i - 1] == SlotType::Spill; i--) spill_size++;
    if (size != bpf::REG_SIZE || spill_size != bpf::REG_SIZE) {
      if (slot.spilled->type != SCALAR_VALUE) {
        if (env.notes.watched()) env.notes.observer->on_source_line(env, env.path.insn_idx);
        return env.reject(Msg::InvalidFillSize);
      }
      if (dst_regno < 0) return go_on;
      if (Stop stop = fill_partly(env, slot, at, off, size, spill_size, &cur->regs[static_cast<u32>(dst_regno)], flags))
        return stop;
    } else if (dst_regno >= 0) {
      cur->regs[static_cast<u32>(dst_regno)] = slot.spilled;
    } else if (is_pointer_value_raw(env.prog.may.allow_ptr_leaks, &*slot.spilled)) {
      return env.reject(Msg::LeakingPtrFromStack, off);
    }
  } else {
    for (int i = 0; i < size; i++) {
      SlotType t = slot.slot[(at - i) % bpf::REG_SIZE];
      if (t == SlotType::Misc || t == SlotType::Zero || (t == SlotType::Invalid && env.prog.may.allow_uninit_stack))
        continue;
      return env.reject(Msg::InvalidStackRead, off, i, size);
    }
    if (dst_regno >= 0) set_from_bytes(env, frame, off, off + size, dst_regno);
    flags = 0;
  }
  if (!flags) return go_on;
  return push_jmp_history(env, env.path.cur_state, flags, 0);
}

Stop check_slot_bounds(const Env& env, s64 off, const Frame* frame, AccessType t) {
  const bool anywhere = t == AccessType::Write || (env.prog.may.allow_uninit_stack && env.laws.rules.deep_stack_reads);
  const int least = anywhere ? -bpf::MAX_STACK : -frame->allocated_stack();
  return off < least || off > -1 ? Stop::refused(EACCES) : go_on;
}

/// The lowest byte that the access may reach, in `min`. `by_call`: a helper or kernel function makes it.
Stop check_bounds(Env& env, u32 regno, int off, int size, AccessType t, bool by_call, s64& min) {
  const Reg& reg = env.path.cur_regs()[regno];
  const Frame* frame = env.path.func(&reg);
  const char* what = t == AccessType::Read ? " read from" : " write to";
  s64 max;
  if (reg.is_const()) {
    min = static_cast<s64>(reg.var_off().value) + off;
    max = min + size;
  } else {
    if (reg.smax() >= s64{MAX_VAR_OFF} || reg.smin() <= -s64{MAX_VAR_OFF})
      return env.reject(Msg::UnboundedStackAccess, what, regno, by_call);
    min = reg.smin() + off;
    max = reg.smax() + off + size;
  }
  Stop stop = check_slot_bounds(env, min, frame, t);
  if (!stop && max > 0) stop = Stop::refused(EINVAL);
  if (!stop && size < 0) stop = Stop::refused(EFAULT);
  if (stop) {
    if (reg.is_const())
      env.notes.note(Msg::InvalidStackAccess, what, regno, off, size, by_call);
    else
      env.notes.note(Msg::InvalidVarStackAccess, what, regno, tnum_strn(reg.var_off()), off, size, by_call);
    return stop;
  }
  return go_on;
}

/// What a call's arguments reach counts in the stack's depth, but is not there until it is written.
void count_stack_depth(Env& env, const Frame& frame, int min) {
  Subprog& sub = env.prog.subprogs[frame.subprogno];
  sub.stack_depth = std::max(sub.stack_depth, static_cast<u16>(-min));
}

}  // namespace

Stop check_stack_access_within_bounds(Env& env, u32 regno, int off, int size, AccessType t) {
  s64 min = 0;
  if (Stop stop = check_bounds(env, regno, off, size, t, false, min)) return stop;
  return grow_stack_state(env, env.path.func(&env.path.cur_regs()[regno]), static_cast<int>(-min));
}

Stop check_stack_read(Env& env, u32 ptr_regno, int off, int size, int dst_regno) {
  const Reg reg = *env.path.reg_state(ptr_regno);
  Frame* frame = env.path.func(&reg);
  if (reg.is_const()) return read_fixed(env, frame, off + static_cast<int>(reg.var_off().value), size, dst_regno);
  if (dst_regno < 0) return env.reject(Msg::VarStackPtrToHelper, tnum_strn(reg.var_off()), off, size);
  if (Stop stop = check_stack_range_initialized(env, ptr_regno, off, size, false, AccessType::Read, nullptr))
    return stop;
  const int min = static_cast<int>(reg.smin()) + off, max = static_cast<int>(reg.smax()) + off;
  set_from_bytes(env, frame, min, max + size, dst_regno);
  check_fastcall_contract(env, frame, env.path.insn_idx, min);
  return go_on;
}

Stop check_stack_write(Env& env, u32 ptr_regno, int off, int size, int value_regno, u32 insn_idx) {
  const Reg& reg = *env.path.reg_state(ptr_regno);
  Frame* frame = env.path.func(&reg);
  if (reg.is_const())
    return write_fixed(env, frame, off + static_cast<int>(reg.var_off().value), size, value_regno, insn_idx);
  return write_variable(env, frame, ptr_regno, off, size, value_regno, insn_idx);
}

Stop check_stack_fill(Env& env, u32 ptr_regno, int size, u32 insn_idx) {
  const Reg& reg = *env.path.reg_state(ptr_regno);
  Frame* frame = env.path.func(&reg);
  const int begin = reg.off + static_cast<int>(reg.var_off().value), end = begin + size;
  if (Stop stop = check_stack_access_within_bounds(env, ptr_regno, reg.off, size, AccessType::Write)) return stop;
  for (int off = begin; off < end;) {
    const int at = -off - 1, spi = at / bpf::REG_SIZE;
    StackSlot& slot = frame->stack.edit(static_cast<u32>(spi));
    if (!env.prog.may.allow_ptr_leaks && slot.is_spilled_reg() && !slot.is_spilled_scalar())
      return env.reject(Msg::CorruptSpilledPtr);
    note_barrier(env, slot, at, 1, false, insn_idx);
    if (Stop stop = destroy_if_dynptr_stack_slot(env, frame, spi)) return stop;
    check_fastcall_contract(env, frame, insn_idx, off);
    env.notes.mark_stack_slot_scratched(static_cast<u32>(spi));
    scrub_special(slot);
    slot.slot[at % bpf::REG_SIZE] = SlotType::Misc;
    for (off++; off < end && (-off - 1) / bpf::REG_SIZE == spi;
         off++) {  // what the slot held is gone with its first byte
      note_barrier(env, slot, -off - 1, 1, false, insn_idx);
      slot.slot[(-off - 1) % bpf::REG_SIZE] = SlotType::Misc;
    }
  }
  return go_on;
}

Stop check_stack_range_initialized(Env& env, u32 regno, int off, int access_size, bool zero_size_allowed,
                                   AccessType type, CallMeta* meta) {
  const Reg& reg = *env.path.reg_state(regno);
  Frame* frame = env.path.func(&reg);
  if (access_size == 0 && !zero_size_allowed) return env.reject(Msg::InvalidZeroSizedRead);
  const bool clobber = type == AccessType::Write;
  const bool by_call = env.prog.insns[env.path.insn_idx].code == (bpf::JMP | bpf::CALL);
  const bool deep = env.laws.rules.deep_stack_reads;
  s64 lowest = 0;
  if (Stop stop = check_bounds(env, regno, off, access_size, type, by_call, lowest)) return stop;
  if (deep)
    if (Stop stop = grow_stack_state(env, frame, static_cast<int>(-lowest))) return stop;
  int min, max;
  if (reg.is_const()) {
    min = max = static_cast<int>(reg.var_off().value) + off;
  } else {
    if (!env.prog.may.bypass_spec_v1) return env.reject(Msg::VarStackAccessUnpriv, regno, tnum_strn(reg.var_off()));
    if (meta && meta->raw_mode) meta = nullptr;  // not all bytes of a variable offset's range are written
    min = static_cast<int>(reg.smin()) + off;
    max = static_cast<int>(reg.smax()) + off;
  }
  if (meta && meta->raw_mode) {
    for (int i = min; i < max + access_size; i += rest_of_slot(i)) {
      const int at = -i - 1;
      if (frame->allocated_stack() <= at || !env.target.has(Feature::dynptr_overwritten)) continue;
      if (frame->stack[static_cast<u32>(at / bpf::REG_SIZE)].slot[at % bpf::REG_SIZE] == SlotType::Dynptr)
        return env.reject(Msg::PotentialDynptrWrite, i);
    }
    meta->access_size = access_size;
    meta->regno = static_cast<int>(regno);
    return go_on;
  }
  u64 read = 0;
  auto mark_read = [&]() -> Stop {
    if (!read) return go_on;
    return bpf_mark_stack_read(env, reg.frameno, env.path.insn_idx, read);
  };
  auto uninitialized = [&](int i) {
    return reg.is_const()
               ? env.reject(Msg::InvalidStackReadReg, regno, min, i - min, access_size)
               : env.reject(Msg::InvalidVarStackReadReg, regno, tnum_strn(reg.var_off()), i - min, access_size);
  };
  for (int i = min; i < max + access_size; i++) {
    const int at = -i - 1, spi = at / bpf::REG_SIZE;
    if (frame->allocated_stack() <= at) {
      (void)mark_read();
      return deep ? env.reject(Msg::AllocatedStackTooSmall) : uninitialized(i);
    }
    const StackSlot& slot = frame->stack[static_cast<u32>(spi)];
    const SlotType t = slot.slot[at % bpf::REG_SIZE];
    if (!clobber && env.prog.may.allow_uninit_stack && slot.is_plain()) {
      i += rest_of_slot(i) - 1;  // none of its bytes is refused
    } else if (t == SlotType::Misc) {
    } else if (t == SlotType::Zero || (t == SlotType::Invalid && env.prog.may.allow_uninit_stack)) {
      if (clobber) frame->stack.edit(static_cast<u32>(spi)).slot[at % bpf::REG_SIZE] = SlotType::Misc;
    } else if (slot.is_spilled_reg() && (slot.spilled->type & ~PTR_TRUSTED) == PTR_TO_BTF_ID &&
               !env.target.has(Feature::kernel_pointer_clobbered)) {
    } else if (slot.is_spilled_reg() && (slot.spilled->type == SCALAR_VALUE || env.prog.may.allow_ptr_leaks)) {
      if (clobber) {
        StackSlot& lost = frame->stack.edit(static_cast<u32>(spi));
        mark_reg_unknown_raw(env.prog.may, &lost.spilled.edit());
        for (SlotType& s : lost.slot)
          if (s != SlotType::Invalid) s = SlotType::Misc;
      }
    } else {
      (void)mark_read();
      return uninitialized(i);
    }
    read |= 1ull << spi;
  }
  if (Stop stop = mark_read()) return stop;
  if (!deep) count_stack_depth(env, *frame, min);
  return go_on;
}

}  // namespace bpfcheck::sim
