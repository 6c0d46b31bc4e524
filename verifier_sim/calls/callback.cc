// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See callback.h. A callback that is called at once is explored as a loop: its return leads back to the call, until the
// state there is one that was seen before.
#include "verifier_sim/calls/callback.h"

#include "verifier_sim/calls/func_args.h"
#include "verifier_sim/calls/helper.h"
#include "verifier_sim/calls/kfunc.h"
#include "verifier_sim/calls/kfunc_graph.h"
#include "verifier_sim/calls/return_code.h"
#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/dynptr_slots.h"
#include "verifier_sim/memory/record.h"
#include "verifier_sim/program/call_kind.h"
#include "verifier_sim/search/backtrack.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/search/read_marks.h"
#include "verifier_sim/search/widen.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/transfer/reg_access.h"

namespace bpfcheck::sim {
namespace {

void clear_from(Env& env, Frame& callee, u32 regno) {
  for (; regno <= 5; regno++) mark_reg_not_init_raw(env.prog.may, &callee.regs[regno]);
}

/// An argument goes on in the callee: what is read of it there is read of the caller's register.
void pass_register(const Frame& caller, u32 from, Frame& callee, u32 to) {
  callee.regs[to] = caller.regs[from];
  if (from < caller.marks.size()) callee.marks.edit(to) = caller.marks[from];
}

/// A pointer to the map that `of` is or points into.
void set_map_pointer(const Env& env, Reg& reg, u32 type, const Reg& of) {
  reg.type = type;
  mark_reg_known_zero_raw(&reg);
  reg.u.map = of.u.map;
  if (env.target.has(Feature::inner_maps_called_back)) reg.u.map_uid = of.u.map_uid;
}

/// callback(map, key, value) that runs later.
void set_async_map_args(Env& env, Frame& callee, const Reg& map, RetvalRange range) {
  set_map_pointer(env, callee.regs[1], CONST_PTR_TO_MAP, map);
  set_map_pointer(env, callee.regs[2], PTR_TO_MAP_KEY, map);
  set_map_pointer(env, callee.regs[3], PTR_TO_MAP_VALUE, map);
  clear_from(env, callee, 4);
  callee.in_async_callback_fn = true;
  callee.callback_ret_range = range;
}

void mark_sync(Frame& callee) {
  callee.in_callback_fn = true;
  callee.callback_ret_range = {0, 1};
}

bool iterates_elements(MapType t) {
  switch (t) {
    case MapType::ARRAY:
    case MapType::PERCPU_ARRAY:
    case MapType::HASH:
    case MapType::PERCPU_HASH:
    case MapType::LRU_HASH:
    case MapType::LRU_PERCPU_HASH:
      return true;
    default:
      return false;
  }
}

/// Timers' callbacks run in interrupts; those of work queues and task work may sleep.
bool is_async_cb_sleepable(const Insn* insn) { return insn->src == bpf::PSEUDO_KFUNC_CALL; }

Stop push_async(Env& env, const Insn* insn, u32 insn_idx, u32 subprog, SetCalleeState set_state) {
  env.prog.subprogs[subprog].is_async_cb = true;
  const Frame& caller = *env.path.cur_func();
  State* st = push_async_cb(env, static_cast<int>(env.prog.subprogs[subprog].start), static_cast<int>(insn_idx),
                            static_cast<int>(subprog), is_async_cb_sleepable(insn));
  if (!st) return Stop::refused(EFAULT);
  st->frame[0]->async_entry_cnt = caller.async_entry_cnt + 1;
  return set_state(env, caller, *st->frame[0], insn_idx);
}

/// The flags of bpf_loop are 0: its body may take the call's place.
bool loop_flag_is_zero(Env& env) {
  if (!env.path.cur_regs()[4].is_null()) return false;
  (void)mark_chain_precision(env, 4);
  return true;
}

/// update_loop_inline_state: the call is inlined where every path to it names the same callback.
void note_inlining(Env& env, u32 subprog) {
  InsnAux& aux = *env.cur_aux();
  if (!aux.loop_initialized) {
    aux.loop_initialized = true;
    aux.loop_fit_for_inline = loop_flag_is_zero(env);
    aux.loop_callback_subprogno = subprog;
  } else if (aux.loop_fit_for_inline) {
    aux.loop_fit_for_inline = loop_flag_is_zero(env) && aux.loop_callback_subprogno == subprog;
  }
}

}  // namespace

Stop set_callee_state(Env&, const Frame& caller, Frame& callee, u32) {
  for (u32 i = 1; i <= 5; i++) pass_register(caller, i, callee, i);
  return go_on;
}

Stop set_map_elem_callback_state(Env& env, const Frame& caller, Frame& callee, u32 insn_idx) {
  const InsnAux& aux = env.prog.aux[insn_idx];
  if (aux.map_poison && !env.target.has(Feature::callback_of_any_map)) return env.reject(Msg::TailCallAbusesMap);
  if (!iterates_elements(aux.map->def->type)) return env.reject(Msg::CallbackNotForMap);
  const Reg& map = caller.regs[1];
  pass_register(caller, 1, callee, 1);
  set_map_pointer(env, callee.regs[2], PTR_TO_MAP_KEY, map);
  set_map_pointer(env, callee.regs[3], PTR_TO_MAP_VALUE, map);
  pass_register(caller, 3, callee, 4);
  clear_from(env, callee, 5);
  mark_sync(callee);
  return go_on;
}

Stop set_loop_callback_state(Env& env, const Frame& caller, Frame& callee, u32) {
  callee.regs[1].type = SCALAR_VALUE;
  pass_register(caller, 3, callee, 2);
  clear_from(env, callee, 3);
  mark_sync(callee);
  return go_on;
}

Stop set_timer_callback_state(Env& env, const Frame& caller, Frame& callee, u32) {
  set_async_map_args(env, callee, caller.regs[1], {0, 0});
  return go_on;
}

Stop set_find_vma_callback_state(Env& env, const Frame& caller, Frame& callee, u32) {
  pass_register(caller, 1, callee, 1);
  Reg& vma = callee.regs[2];
  vma.type = PTR_TO_BTF_ID;
  mark_reg_known_zero_raw(&vma);
  vma.u.btf = env.target.btf.get();
  vma.u.btf_id = vmlinux_struct_id(env, "vm_area_struct");
  pass_register(caller, 4, callee, 3);
  clear_from(env, callee, 4);
  mark_sync(callee);
  return go_on;
}

Stop set_user_ringbuf_callback_state(Env& env, const Frame& caller, Frame& callee, u32) {
  mark_reg_not_init_raw(env.prog.may, &callee.regs[0]);
  mark_dynptr_cb_reg(env, &callee.regs[1], DynptrType::Local);
  pass_register(caller, 3, callee, 2);
  clear_from(env, callee, 3);
  mark_sync(callee);
  return go_on;
}

Stop set_rbtree_add_callback_state(Env& env, const Frame& caller, Frame& callee, u32) {
  const Field* root = reg_find_field_offset(env, &caller.regs[1], caller.regs[1].off, FIELD_RB_ROOT);
  if (!root || !root->value_btf_id) return Stop::refused(EFAULT);
  for (u32 i = 1; i <= 2; i++) {
    mark_reg_graph_node(&callee.regs[i], *root);
    if (Stop stop = ref_set_non_owning(env, &callee.regs[i])) return stop;
  }
  clear_from(env, callee, 3);
  mark_sync(callee);
  return go_on;
}

Stop set_task_work_schedule_callback_state(Env& env, const Frame& caller, Frame& callee, u32) {
  set_async_map_args(env, callee, caller.regs[3], {S32_MIN, S32_MAX});
  return go_on;
}

namespace {

Stop make_callee(Env& env, u32 subprog, u32 callsite, SetCalleeState set_state, const State& state,
                 std::unique_ptr<Frame>& callee) {
  if (state.curframe + 1 >= call_frames(env.target)) return env.reject(Msg::CallStackTooDeepAtCall, state.curframe + 2);
  callee = std::make_unique<Frame>();
  init_func_state(env.prog.may, callee.get(), static_cast<int>(callsite), state.curframe + 1, subprog);
  env.notes.mark_all_scratched();
  return set_state(env, state.cur(), *callee, callsite);
}

}  // namespace

Stop setup_func_entry(Env& env, u32 subprog, u32 callsite, SetCalleeState set_state, State* state) {
  std::unique_ptr<Frame> callee;
  if (Stop stop = make_callee(env, subprog, callsite, set_state, *state, callee)) return stop;
  state->frame[++state->curframe] = std::move(callee);
  return go_on;
}

u32 enter_callback(Env& env) {
  State* st = env.path.cur_state;
  Frame& callee = *env.explorer->callback;
  st->frame[++st->curframe] = std::move(env.explorer->callback);
  // The kernel marks the scratch registers that the call overwrites in the frame that it is in by then.
  for (u32 i = 0; i <= 5; i++) (void)check_reg_arg_in(env, callee, i, DST_OP_NO_MARK);
  if (env.notes.watched()) env.notes.observer->on_call(env, *st);
  return env.prog.subprogs[callee.subprogno].start;
}

Stop push_callback_call(Env& env, const Insn* insn, u32 insn_idx, u32 subprog, SetCalleeState set_state) {
  Frame* caller = env.path.cur_func();
  if (Stop stop = btf_check_subprog_call(env, subprog, caller->regs.data()); stop.is(EFAULT) || stop.is_unmodelled())
    return stop;
  env.prog.subprogs[subprog].is_cb = true;
  if (is_async_callback_calling_insn(env.prog, insn)) return push_async(env, insn, insn_idx, subprog, set_state);
  if (!env.laws.search.callback_rounds)
    return make_callee(env, subprog, insn_idx, set_state, *env.path.cur_state, env.explorer->callback);
  State* st = push_stack(env, static_cast<int>(env.prog.subprogs[subprog].start), static_cast<int>(insn_idx), false);
  if (!st) return Stop::refused(ENOMEM);
  if (Stop stop = setup_func_entry(env, subprog, insn_idx, set_state, st)) return stop;
  st->callback_unroll_depth++;
  st->frame[st->curframe - 1]->callback_depth++;
  caller->callback_depth = 0;
  return go_on;
}

Stop push_loop_callback(Env& env, const Insn* insn, u32 insn_idx, u32 subprog) {
  note_inlining(env, subprog);
  if (!env.laws.search.callback_rounds)
    return push_callback_call(env, insn, insn_idx, subprog, set_loop_callback_state);
  // The number of rounds decides whether another one is explored.
  if (Stop stop = mark_chain_precision(env, 1)) return stop;
  Frame& frame = *env.path.cur_func();
  if (frame.callback_depth < frame.regs[1].umax())
    return push_callback_call(env, insn, insn_idx, subprog, set_loop_callback_state);
  frame.callback_depth = 0;
  env.notes.detail(Msg::LoopLimitReached, env.path.cur_state->curframe);
  return go_on;
}

Stop check_callback_result(Env& env, const Frame& callee) {
  const Reg& r0 = callee.regs[0];
  if (r0.type != SCALAR_VALUE) return env.reject(Msg::CallbackResultNotScalar);
  if (env.laws.search.read_marks()) mark_read(env, *env.path.cur_func(), 0, ReadMark::Read64);
  if (Stop stop = mark_chain_precision(env, 0)) return stop;
  const RetvalRange range = callee.callback_ret_range;
  if (!keeps_to(env, r0, range)) return reject_return_range(env, r0, range, "At callback return", "R0");
  if (env.laws.search.callback_rounds && !bpf_calls_callback(env, static_cast<u32>(callee.callsite)))
    return env.unsupported("verifier bug: a callback's call is not marked as one");
  return go_on;
}

void widen_behind_callback(Env& env, u32 callsite) {
  if (const Remembered* prev = find_prev_entry(env, *env.path.cur_state, static_cast<int>(callsite)))
    widen_imprecise_scalars(env, *prev, env.path.cur_state);
}

}  // namespace bpfcheck::sim
