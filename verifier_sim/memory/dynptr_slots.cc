// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See dynptr_slots.h.
#include "verifier_sim/memory/dynptr_slots.h"

#include <algorithm>

#include "verifier_sim/memory/slots.h"
#include "verifier_sim/search/stack_liveness.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/reference.h"

namespace bpfcheck::sim {
namespace {

struct TypeOfFlag {
  u32 flag;
  DynptrType type;
};
constexpr TypeOfFlag types[] = {{DYNPTR_TYPE_LOCAL, DynptrType::Local},
                                {DYNPTR_TYPE_RINGBUF, DynptrType::Ringbuf},
                                {DYNPTR_TYPE_SKB, DynptrType::Skb},
                                {DYNPTR_TYPE_XDP, DynptrType::Xdp},
                                {DYNPTR_TYPE_SKB_META, DynptrType::SkbMeta}};

/// Before what is overwritten was looked for, the variable part of the offset was not looked at.
Expected<int> dynptr_get_spi(Env& env, const Reg* reg) {
  if (!env.target.has(Feature::dynptr_overwritten)) {
    const int spi = get_spi(reg->off);
    if (spi + 1 < DYNPTR_NR_SLOTS || spi >= static_cast<int>(env.path.func(reg)->stack.size()))
      return std::unexpected(Stop::refused(ERANGE));
    return spi;
  }
  return stack_slot_obj_get_spi(env, reg, "dynptr", DYNPTR_NR_SLOTS);
}

/// Identities tell dynptrs apart that are overwritten.
u32 new_dynptr_id(Env& env) { return env.target.has(Feature::dynptr_overwritten) ? env.path.new_id() : 0; }

/// A dynptr's two slots: the first is at the higher address.
struct Slots {
  Frame* frame;
  int spi;
  StackSlot& first() const { return frame->stack.edit(static_cast<u32>(spi)); }
  StackSlot& second() const { return frame->stack.edit(static_cast<u32>(spi - 1)); }
  void set_bytes(SlotType t) const {
    std::ranges::fill(first().slot, t);
    std::ranges::fill(second().slot, t);
  }
  void mark_written(Env& env) const { bpf_mark_stack_write(env, frame->frameno, 3ull << (spi - 1)); }
  void invalidate(Env& env) const {
    set_bytes(SlotType::Invalid);
    mark_reg_not_init_raw(env.prog.may, &first().spilled.edit());
    mark_reg_not_init_raw(env.prog.may, &second().spilled.edit());
    mark_written(env);
  }
};

}  // namespace

DynptrType arg_to_dynptr_type(u32 arg_type) {
  const auto* it = std::ranges::find(types, arg_type & DYNPTR_TYPE_FLAG_MASK, &TypeOfFlag::flag);
  return it == std::end(types) ? DynptrType::Invalid : it->type;
}

u32 get_dynptr_type_flag(DynptrType type) {
  const auto* it = std::ranges::find(types, type, &TypeOfFlag::type);
  return it == std::end(types) ? 0 : it->flag;
}

void mark_dynptr_reg(Reg* reg, DynptrType type, bool first_slot, u32 dynptr_id) {
  mark_reg_known_zero_raw(reg);
  reg->type = CONST_PTR_TO_DYNPTR;
  reg->id = dynptr_id;
  reg->u.dynptr_type = type;
  reg->u.dynptr_first_slot = first_slot;
}

void mark_dynptr_cb_reg(Env& env, Reg* reg, DynptrType type) { mark_dynptr_reg(reg, type, true, new_dynptr_id(env)); }

Stop mark_stack_slots_dynptr(Env& env, const Reg* reg, u32 arg_type, int insn_idx, u32 clone_ref_obj_id) {
  const Expected<int> found = dynptr_get_spi(env, reg);
  if (!found) return found.error();
  const int spi = *found;
  const Slots d{env.path.func(reg), spi};
  // One that stands here already may be overwritten, and one that overlaps by a slot.
  if (Stop stop = destroy_if_dynptr_stack_slot(env, d.frame, spi)) return stop;
  if (Stop stop = destroy_if_dynptr_stack_slot(env, d.frame, spi - 1)) return stop;
  d.set_bytes(SlotType::Dynptr);
  const DynptrType type = arg_to_dynptr_type(arg_type);
  if (type == DynptrType::Invalid) return Stop::refused(EINVAL);
  const u32 id = new_dynptr_id(env);
  mark_dynptr_reg(&d.first().spilled.edit(), type, true, id);
  mark_dynptr_reg(&d.second().spilled.edit(), type, false, id);
  if (dynptr_type_refcounted(type)) {
    const u32 ref = clone_ref_obj_id ? clone_ref_obj_id : acquire_reference(env.path, insn_idx);
    d.first().spilled.edit().ref_obj_id = d.second().spilled.edit().ref_obj_id = ref;
  }
  d.mark_written(env);
  return go_on;
}

Stop unmark_stack_slots_dynptr(Env& env, const Reg* reg) {
  const Expected<int> found = dynptr_get_spi(env, reg);
  if (!found) return found.error();
  const int spi = *found;
  const Slots d{env.path.func(reg), spi};
  if (!dynptr_type_refcounted(d.first().spilled->u.dynptr_type)) {
    d.invalidate(env);
    return go_on;
  }
  const u32 ref = d.first().spilled->ref_obj_id;
  if (release_reference(env.path, env.prog.may, ref))
    return env.unsupported("verifier bug: a dynptr's reference is not held");
  // Clones end too.
  for (u32 i = 1; i < d.frame->stack.size(); i++) {
    const StackSlot& slot = d.frame->stack[i];
    if (slot.spilled->ref_obj_id != ref) continue;
    if (slot.slot[0] != SlotType::Dynptr) return env.unsupported("verifier bug: misconfigured ref_obj_id");
    if (slot.spilled->u.dynptr_first_slot) Slots{d.frame, static_cast<int>(i)}.invalidate(env);
  }
  return go_on;
}

Stop destroy_if_dynptr_stack_slot(Env& env, Frame* frame, int spi) {
  const StackSlot& hit = frame->stack[static_cast<u32>(spi)];
  if (hit.slot[0] != SlotType::Dynptr || !env.target.has(Feature::dynptr_overwritten)) return go_on;
  const Slots d{frame, hit.spilled->u.dynptr_first_slot ? spi : spi + 1};
  if (dynptr_type_refcounted(d.first().spilled->u.dynptr_type)) return env.reject(Msg::OverwriteReferencedDynptr);
  env.notes.mark_stack_slot_scratched(static_cast<u32>(d.spi));
  env.notes.mark_stack_slot_scratched(static_cast<u32>(d.spi - 1));
  d.set_bytes(SlotType::Invalid);
  const u32 id = d.first().spilled->id;
  env.path.cur_state->for_each_reg(
      [=](const Reg& r) {
        return (r.type == PTR_TO_MEM || r.type == (PTR_TO_MEM | PTR_MAYBE_NULL)) && r.u.dynptr_id == id;
      },
      [&](Reg& r) { mark_reg_invalid(env.prog.may, &r); });
  d.invalidate(env);
  return go_on;
}

bool is_dynptr_reg_valid_uninit(Env& env, const Reg* reg) {
  if (reg->type == CONST_PTR_TO_DYNPTR) return false;
  // Beyond the stack in use is right: the stack grows, and what stood there would be overwritten.
  const Expected<int> spi = dynptr_get_spi(env, reg);
  if (!spi || env.target.has(Feature::dynptr_overwritten)) return spi || spi.error().is(ERANGE);
  const Slots d{env.path.func(reg), *spi};
  const auto is_dynptr = [](SlotType t) { return t == SlotType::Dynptr; };
  return std::ranges::none_of(d.first().slot, is_dynptr) && std::ranges::none_of(d.second().slot, is_dynptr);
}

bool is_dynptr_reg_valid_init(Env& env, const Reg* reg) {
  if (reg->type == CONST_PTR_TO_DYNPTR) return true;
  const Expected<int> found = dynptr_get_spi(env, reg);
  if (!found) return false;
  const int spi = *found;
  const Slots d{env.path.func(reg), spi};
  const auto is_dynptr = [](SlotType t) { return t == SlotType::Dynptr; };
  return d.first().spilled->u.dynptr_first_slot && std::ranges::all_of(d.first().slot, is_dynptr) &&
         std::ranges::all_of(d.second().slot, is_dynptr);
}

bool is_dynptr_type_expected(Env& env, const Reg* reg, u32 arg_type) {
  if (arg_type == ARG_PTR_TO_DYNPTR) return true;  // of any type
  const DynptrType expected = arg_to_dynptr_type(arg_type);
  if (reg->type == CONST_PTR_TO_DYNPTR) return reg->u.dynptr_type == expected;
  const Expected<int> spi = dynptr_get_spi(env, reg);
  return spi && env.path.func(reg)->stack[static_cast<u32>(*spi)].spilled->u.dynptr_type == expected;
}

Stop mark_dynptr_read(Env& env, const Reg* reg) {
  if (reg->type == CONST_PTR_TO_DYNPTR || !env.target.has(Feature::dynptr_overwritten)) return go_on;
  const Expected<int> found = dynptr_get_spi(env, reg);
  if (!found) return found.error();
  const int spi = *found;
  return mark_stack_slot_obj_read(env, reg, spi, DYNPTR_NR_SLOTS);
}

const Reg* dynptr_reg(Env& env, const Reg* reg) {
  if (reg->type == CONST_PTR_TO_DYNPTR) return reg;
  const Expected<int> spi = dynptr_get_spi(env, reg);
  return spi ? &*env.path.func(reg)->stack[static_cast<u32>(*spi)].spilled : nullptr;
}

DynptrType dynptr_get_type(Env& env, const Reg* reg) {
  if (reg->type == CONST_PTR_TO_DYNPTR) return reg->u.dynptr_type;
  const int spi = get_spi(reg->off);
  if (spi < 0 || static_cast<size_t>(spi) >= env.path.func(reg)->stack.size()) return DynptrType::Invalid;
  return env.path.func(reg)->stack[static_cast<u32>(spi)].spilled->u.dynptr_type;
}

}  // namespace bpfcheck::sim
