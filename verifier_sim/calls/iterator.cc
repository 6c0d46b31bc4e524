// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See iterator.h.
#include "verifier_sim/calls/iterator.h"

#include <algorithm>

#include "verifier_sim/memory/access.h"
#include "verifier_sim/memory/iter_slots.h"
#include "verifier_sim/memory/slots.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/search/widen.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

/// struct bpf_iter_<type> that a function's parameter points to; 0 where it is none (btf_check_iter_arg).
u32 iter_struct_id(const KfuncMeta& meta, u32 argno) {
  const btf::Btf& btf = *meta.btf;
  if (meta.func_proto().vlen() <= argno) return 0;
  btf::Type ptr = btf.type(btf.skip_mods_and_typedefs(meta.func_proto().param(argno).type));
  if (!ptr.is(btf::Kind::Ptr)) return 0;
  btf::Type t = btf.type(btf.skip_mods_and_typedefs(ptr.type()));
  return t.is(btf::Kind::Struct) && t.name().starts_with(iter_prefix) ? t.id() : 0;
}

Stop create_iter(Env& env, u32 regno, int insn_idx, const KfuncMeta& meta, u32 btf_id, int nr_slots) {
  Reg* reg = env.path.reg_state(regno);
  if (!is_iter_reg_valid_uninit(env, reg, nr_slots))
    return env.reject(Msg::IterExpectedUninit, iter_type_str(*meta.btf, btf_id), regno - 1);
  for (int i = 0; i < nr_slots; i++)
    if (Stop stop =
            check_mem_access(env, insn_idx, regno, i * bpf::REG_SIZE, bpf::DW, AccessType::Write, -1, false, false))
      return stop;
  return mark_stack_slots_iter(env, is_kfunc_rcu_protected(&meta), reg, insn_idx, meta.btf, btf_id, nr_slots);
}

Stop use_iter(Env& env, u32 regno, KfuncMeta* meta, u32 btf_id, int nr_slots) {
  Reg* reg = env.path.reg_state(regno);
  Stop stop = is_iter_reg_valid_init(env, reg, meta->btf, btf_id, nr_slots);
  if (stop.is(EINVAL)) return env.reject(Msg::IterExpectedInit, iter_type_str(*meta->btf, btf_id), regno - 1);
  if (stop.is(EPROTO)) return env.reject(Msg::IterExpectedRcu, meta->func_name);
  if (stop) return stop;
  const Expected<int> found = iter_get_spi(env, reg, nr_slots);
  if (!found) return found.error();
  const int spi = *found;
  if ((stop = mark_stack_slot_obj_read(env, reg, spi, nr_slots))) return stop;
  meta->iter = {static_cast<u32>(spi), reg->frameno};
  meta->ref_obj_id = env.path.func(reg)->stack[static_cast<size_t>(spi)].spilled->ref_obj_id;
  return is_iter_destroy_kfunc(meta) ? unmark_stack_slots_iter(env, reg, nr_slots) : go_on;
}

}  // namespace

Stop process_iter_arg(Env& env, u32 regno, int insn_idx, KfuncMeta* meta) {
  if (env.path.reg_state(regno)->type != PTR_TO_STACK) return env.reject(Msg::IterNotOnStack, regno - 1);
  const u32 btf_id = iter_struct_id(*meta, regno - 1);
  if (!btf_id) return env.reject(Msg::IterInvalidPointer, regno - 1);
  const int nr_slots = static_cast<int>(meta->btf->type(btf_id).size()) / bpf::REG_SIZE;
  return is_iter_new_kfunc(meta) ? create_iter(env, regno, insn_idx, *meta, btf_id, nr_slots)
                                 : use_iter(env, regno, meta, btf_id, nr_slots);
}

Reg* get_iter_from_state(State* st, const KfuncMeta* meta) {
  return &st->frame[meta->iter.frameno]->stack.edit(meta->iter.spi).spilled.edit();
}

Stop process_iter_next_call(Env& env, int insn_idx, const KfuncMeta* meta) {
  State* cur = env.path.cur_state;
  const IterState iter_state = get_iter_from_state(cur, meta)->u.iter_state;
  if (iter_state == IterState::Invalid) return env.unsupported("verifier bug: unexpected iterator state");
  if (iter_state == IterState::Active) {
    if (!cur->parent || cur->parent->insn_idx != static_cast<u32>(insn_idx) || !same_callsites(*cur->parent, *cur))
      return env.unsupported("verifier bug: bad parent state for iter next call");
    const Remembered* prev = find_prev_entry(env, *cur->parent, insn_idx);
    State* queued = push_stack(env, insn_idx + 1, insn_idx, false);
    if (!queued) return Stop::refused(ENOMEM);
    Reg* queued_iter = get_iter_from_state(queued, meta);
    queued_iter->u.iter_state = IterState::Active;
    queued_iter->u.iter_depth++;
    if (prev) widen_imprecise_scalars(env, *prev, queued);
    mark_ptr_not_null_reg(&queued->regs()[0]);
  }
  get_iter_from_state(cur, meta)->u.iter_state = IterState::Drained;
  mark_reg_const_zero_raw(env.prog.may, &cur->regs()[0]);
  return go_on;
}

}  // namespace bpfcheck::sim
