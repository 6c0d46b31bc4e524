// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See helper.h.
#include "verifier_sim/calls/helper.h"

#include "kernel_db/helper_ids.h"
#include "verifier_sim/calls/allowed.h"
#include "verifier_sim/calls/callback.h"
#include "verifier_sim/calls/format.h"
#include "verifier_sim/calls/kfunc.h"
#include "verifier_sim/calls/kptr_xchg.h"
#include "verifier_sim/calls/resource_leak.h"
#include "verifier_sim/calls/subprog_call.h"
#include "verifier_sim/flow/subprogs.h"
#include "verifier_sim/memory/access.h"
#include "verifier_sim/memory/bounds_check.h"
#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/dynptr_slots.h"
#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/memory/stack.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/program/call_kind.h"
#include "verifier_sim/search/backtrack.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/reference.h"
#include "verifier_sim/transfer/reg_access.h"

namespace bpfcheck::sim {
namespace {

std::string full_name(u32 id) {
  if (id == 0) return "bpf_unspec";
  std::string_view n = helper_name(id);
  return n.empty() ? "unknown" : "bpf_" + std::string(n);
}

bool is_acquire(u32 id, const Map* map) {
  const bool sockets = map && (map->def->type == MapType::SOCKMAP || map->def->type == MapType::SOCKHASH);
  return func::does(id, func::acquires) || (sockets && func::does(id, func::acquires_socket));
}

Stop record_map(Env& env, const CallMeta& meta) {
  if (!func::does(meta.func_id, func::records_map)) return go_on;
  if (!meta.map) return env.unsupported("verifier bug: expected map for helper call");
  if (programs_may_not_write(*meta.map->def) && func::does(meta.func_id, func::writes_map))
    return env.reject(Msg::WriteIntoMapForbidden);
  InsnAux& aux = *env.cur_aux();
  if (!aux.map)
    aux.map = meta.map;
  else if (aux.map != meta.map)
    aux.map_poison = true;
  aux.map_unpriv |= !env.prog.may.bypass_spec_v1;  // the map was created by the process that loads
  return go_on;
}

/// The index of a tail call, where it is a constant, must be the same on every path to be inlined: it is made precise.
Stop record_key(Env& env, const CallMeta& meta) {
  if (meta.func_id != func::tail_call) return go_on;
  if (!meta.map || meta.map->def->type != MapType::PROG_ARRAY) return env.reject(Msg::ExpectedProgArray);
  const Reg& reg = env.path.cur_regs()[3];
  if (!is_reg_const(&reg, false) || reg.var_off().value >= meta.map->def->max_entries) return go_on;
  return mark_chain_precision(env, 3);
}

Stop refine_result(Env& env, const CallMeta& meta, u32 ret) {
  if (ret != RET_INTEGER) return go_on;
  Reg* r0 = &env.path.cur_regs()[0];
  switch (meta.func_id) {
    case func::get_stack:
    case func::get_task_stack:
      if (meta.func_id == func::get_task_stack && !env.target.has(Feature::task_stack_size)) break;
      [[fallthrough]];
    case func::probe_read_str:
    case func::probe_read_kernel_str:
    case func::probe_read_user_str:
      env.laws.ranges->confine(*r0, -MAX_ERRNO, static_cast<s32>(meta.msize_max_value));
      break;
    case func::get_smp_processor_id:
      if (!env.target.has(Feature::cpu_number_bounded)) break;
      env.notes.asked_cpus = true;
      env.laws.ranges->confine(*r0, 0, static_cast<s32>(env.target.nr_cpus - 1));
      break;
    default:
      break;
  }
  return reg_bounds_sanity_check(env, r0, "retval");
}

/// The CPU's own copy of a kernel variable (bpf_per_cpu_ptr, bpf_this_cpu_ptr).
Stop set_variable_result(Env& env, const CallMeta& meta, u32 flags) {
  Reg* regs = env.path.cur_regs();
  Reg* r0 = &regs[0];
  mark_reg_known_zero(regs, 0);
  btf::Type t = meta.ret_btf->type(meta.ret_btf->skip_mods_and_typedefs(meta.ret_btf_id));
  if (!t.is_composite()) {
    auto size = meta.ret_btf->size_of(t.id());
    if (!size) return env.reject(Msg::ReturnTypeSize, t.name(), -EINVAL);
    r0->type = PTR_TO_MEM | flags;
    r0->u.mem_size = static_cast<u32>(*size);
    return go_on;
  }
  r0->type = meta.cpu_of_kptr ? u32{PTR_TO_BTF_ID | MEM_ALLOC} | MEM_RCU
                              : PTR_TO_BTF_ID | (flags & ~static_cast<u32>(MEM_RDONLY));
  r0->u.btf = meta.ret_btf;
  r0->u.btf_id = meta.ret_btf_id;
  return go_on;
}

/// The cast's result is the same reference, which must not be taken for released where it is NULL: that is explored
/// apart, later.
Stop fork_failed_cast(Env& env) {
  const int here = static_cast<int>(env.path.insn_idx);
  State* failed = push_stack(env, here + 1, here, false);
  if (!failed) return Stop::refused(ENOMEM);
  mark_reg_known_zero(failed->regs(), 0);
  failed->regs()[0].type = SCALAR_VALUE;
  return go_on;
}

Stop set_result(Env& env, const CallMeta& meta, const HelperProto& fn) {
  Reg* regs = env.path.cur_regs();
  Reg* r0 = &regs[0];
  const u32 flags = type_flag(fn.ret);
  switch (base_type(fn.ret)) {
    case RET_INTEGER:
      mark_reg_unknown(env.prog.may, regs, 0);
      break;
    case RET_VOID:
      r0->type = NOT_INIT;
      break;
    case RET_PTR_TO_MAP_VALUE: {
      if (!meta.map) return env.unsupported("verifier bug: a map value without map");
      mark_reg_known_zero(regs, 0);
      u32 f = flags;
      const loader::MapDef& map = *meta.map->def;
      const bool array = map.type == MapType::ARRAY || map.type == MapType::PERCPU_ARRAY;
      if (meta.func_id == func::map_lookup_elem && array && meta.const_map_key >= 0 &&
          meta.const_map_key < s64{map.max_entries})
        f &= ~static_cast<u32>(PTR_MAYBE_NULL);
      r0->u.map = meta.map;
      r0->u.map_uid = meta.map_uid;
      r0->type = PTR_TO_MAP_VALUE | f;
      if (!(f & PTR_MAYBE_NULL) && meta.map->record && meta.map->record->has(FIELD_SPIN_LOCK | FIELD_RES_SPIN_LOCK))
        r0->id = env.path.new_id();
      break;
    }
    case RET_PTR_TO_SOCKET:
    case RET_PTR_TO_SOCK_COMMON:
    case RET_PTR_TO_TCP_SOCK:
      mark_reg_known_zero(regs, 0);
      r0->type = (base_type(fn.ret) == RET_PTR_TO_SOCKET     ? PTR_TO_SOCKET
                  : base_type(fn.ret) == RET_PTR_TO_TCP_SOCK ? PTR_TO_TCP_SOCK
                                                             : PTR_TO_SOCK_COMMON) |
                 flags;
      break;
    case RET_PTR_TO_MEM:
      mark_reg_known_zero(regs, 0);
      r0->type = PTR_TO_MEM | flags;
      r0->u.mem_size = meta.mem_size;
      break;
    case RET_PTR_TO_MEM_OR_BTF_ID:
      if (Stop stop = set_variable_result(env, meta, flags)) return stop;
      break;
    case RET_PTR_TO_BTF_ID: {
      if (meta.func_id == func::kptr_xchg) {
        set_kptr_xchg_result(env, *meta.kptr_field, flags);
        break;
      }
      mark_reg_known_zero(regs, 0);
      r0->type = PTR_TO_BTF_ID | flags;
      const u32 id = vmlinux_struct_id(env, fn.ret_btf);
      if (!id) return env.reject(Msg::InvalidReturnType, u32{RET_PTR_TO_BTF_ID}, full_name(meta.func_id), meta.func_id);
      r0->u.btf = env.target.btf.get();
      r0->u.btf_id = id;
      break;
    }
    default:
      return env.unsupported("verifier bug: unknown return type of a helper");
  }
  if (r0->maybe_null()) r0->id = env.path.new_id();
  if (meta.func_id == func::dynptr_data) r0->u.dynptr_id = meta.dynptr_id;
  const bool shares = func::does(meta.func_id, func::shares_reference);
  if (shares && meta.func_id != func::dynptr_data && meta.ref_obj_id && env.target.has(Feature::identities_kept)) {
    if (Stop stop = fork_failed_cast(env)) return stop;
    r0->type &= ~static_cast<u32>(PTR_MAYBE_NULL);
    r0->id = r0->ref_obj_id = meta.ref_obj_id;
  } else if (shares) {
    r0->ref_obj_id = meta.ref_obj_id;
  } else if (is_acquire(meta.func_id, meta.map)) {
    const auto id = acquire_reference(env.path, static_cast<int>(env.path.insn_idx));
    r0->id = r0->ref_obj_id = id;
  }
  return refine_result(env, meta, fn.ret);
}

/// The dynptr among a helper's arguments.
Reg* dynptr_arg(Env& env, const HelperProto& fn) {
  for (u32 i = 0; i < fn.arg.size(); i++)
    if (base_type(fn.arg[i]) == ARG_PTR_TO_DYNPTR) return &env.path.cur_regs()[i + 1];
  return nullptr;
}

Stop release_argument(Env& env, const CallMeta& meta, const HelperProto& fn) {
  const Reg& reg = env.path.cur_regs()[meta.release_regno];
  if (base_type(fn.arg[meta.release_regno - 1u]) == ARG_PTR_TO_DYNPTR) return unmark_stack_slots_dynptr(env, &reg);
  if (meta.ref_obj_id)
    return meta.func_id == func::kptr_xchg ? release_into_kptr(env, meta.ref_obj_id)
                                           : release_reference(env.path, env.prog.may, meta.ref_obj_id);
  return reg.is_null() ? go_on : Stop::refused(EINVAL);
}

/// A slice of a dynptr's memory shares its identity and its reference.
Stop slice_of_dynptr(Env& env, CallMeta& meta, const HelperProto& fn) {
  const Reg* arg = dynptr_arg(env, fn);
  const Reg* dynptr = arg ? dynptr_reg(env, arg) : nullptr;
  if (!dynptr) return env.unsupported("verifier bug: a dynptr without identity");
  meta.dynptr_id = dynptr->id;
  meta.ref_obj_id = dynptr->ref_obj_id;
  return go_on;
}

/// A tail call in a subprogram that comes about returns to the caller with what the other program returned; the one
/// that fails goes on behind the call, later.
Expected<u32> leave_by_tail_call(Env& env) {
  if (env.path.cur_func()->in_callback_fn && env.target.has(Feature::callback_frame_kept))
    return std::unexpected(env.reject(Msg::TailCallInCallback));
  env.notes.mark_reg_scratched(0);
  if (!push_stack(env, static_cast<int>(env.path.insn_idx) + 1, static_cast<int>(env.path.insn_idx), false))
    return std::unexpected(Stop::refused(EFAULT));
  clear_all_pkt_pointers(env);
  mark_reg_unknown(env.prog.may, env.path.cur_regs(), 0);
  return prepare_func_exit(env);
}

Stop call_back(Env& env, const Insn* insn, u32 insn_idx, const CallMeta& meta) {
  switch (meta.func_id) {
    case func::loop:
      return push_loop_callback(env, insn, insn_idx, meta.subprogno);
    case func::for_each_map_elem:
      return push_callback_call(env, insn, insn_idx, meta.subprogno, set_map_elem_callback_state);
    case func::find_vma:
      return push_callback_call(env, insn, insn_idx, meta.subprogno, set_find_vma_callback_state);
    case func::user_ringbuf_drain:
      return push_callback_call(env, insn, insn_idx, meta.subprogno, set_user_ringbuf_callback_state);
    default:
      return push_callback_call(env, insn, insn_idx, meta.subprogno, set_timer_callback_state);
  }
}

Stop check_availability(Env& env, s32 imm, const HelperProto*& fn) {
  const auto id = static_cast<u32>(imm);
  auto& known = env.explorer->helpers;  // whether the program has a helper is the same wherever it calls it
  if (id < known.size() && known[id]) {
    fn = known[id];
  } else {
    if (imm < 0 || id >= helper_count_of(env.target)) return env.reject(Msg::InvalidFunc, "unknown", imm);
    fn = helper_proto(env.target, env.prog.helper_context(), id);
    if (!fn) return env.reject(Msg::HelperNotForType, full_name(id), id);
    if (id >= known.size()) known.resize(id + 1);
    known[id] = fn;
  }
  if (!env.prog.linked.gpl_compatible && fn->gpl_only) return env.reject(Msg::GplOnly);
  if (fn->has_allowed_check && !helper_allowed_at_attach_point(env, *fn)) return env.reject(Msg::HelperNotAtThisPoint);
  if (!env.in_sleepable() && fn->might_sleep) return env.reject(Msg::HelperMightSleep, full_name(id), imm);
  const State& st = *env.path.cur_state;
  if (fn->might_sleep) {
    if (st.active_rcu_locks) return env.reject(Msg::SleepableHelperIn, full_name(id), id, "rcu_read_lock");
    if (st.active_preempt_locks) return env.reject(Msg::SleepableHelperIn, full_name(id), id, "non-preemptible");
    if (st.active_irq_id) return env.reject(Msg::SleepableHelperIn, full_name(id), id, "IRQ-disabled");
  }
  return go_on;
}

}  // namespace

Expected<u32> check_helper_call(Env& env, const Insn* insn) {
  const u32 insn_idx = env.path.insn_idx;
  const HelperProto* fn = nullptr;
  if (Stop stop = check_availability(env, insn->imm, fn)) return std::unexpected(stop);
  bool changes_data =
      func::does(static_cast<u32>(insn->imm), func::changes_packet) &&
      (static_cast<u32>(insn->imm) != func::tail_call || env.target.has(Feature::tail_call_changes_packet));
  CallMeta meta;
  meta.func_id = static_cast<u32>(insn->imm);
  meta.pkt_access = fn->pkt_access;
  for (u32 i = 0; i < 5; i++)
    if (Stop stop = check_func_arg(env, i, &meta, fn)) return std::unexpected(stop);
  if (Stop stop = record_map(env, meta)) return std::unexpected(stop);
  if (Stop stop = record_key(env, meta)) return std::unexpected(stop);
  if (meta.access_size > 0)
    if (Stop stop = check_stack_fill(env, static_cast<u32>(meta.regno), meta.access_size, insn_idx))
      return std::unexpected(stop);

  Reg* regs = env.path.cur_regs();
  if (meta.release_regno) {
    if (Stop stop = release_argument(env, meta, *fn)) {
      env.notes.note(Msg::ReferenceNotAcquired, full_name(meta.func_id), meta.func_id);
      return std::unexpected(stop);
    }
  }
  if (func::does(meta.func_id, func::calls_back | func::calls_back_later))
    if (Stop stop = call_back(env, insn, insn_idx, meta)) return std::unexpected(stop);
  switch (meta.func_id) {
    case func::tail_call:
      if (Stop stop = check_resource_leak(env, false, true, "tail_call")) return std::unexpected(stop);
      break;
    case func::get_local_storage:
      if (!regs[2].is_null()) return std::unexpected(env.reject(Msg::LocalStorageFlags));
      break;
    case func::snprintf:
      if (Stop stop = check_snprintf_format(env)) return std::unexpected(stop);
      break;
    case func::dynptr_from_mem:
      if (regs[1].type != PTR_TO_MAP_VALUE)
        return std::unexpected(env.reject(Msg::DynptrFromMemType, reg_type_str(regs[1].type)));
      break;
    case func::dynptr_data:
      if (Stop stop = slice_of_dynptr(env, meta, *fn)) return std::unexpected(stop);
      break;
    case func::dynptr_write: {
      const Reg* reg = dynptr_arg(env, *fn);
      const DynptrType type = reg ? dynptr_get_type(env, reg) : DynptrType::Invalid;
      if (type == DynptrType::Invalid) return std::unexpected(Stop::refused(EFAULT));
      changes_data |= type == DynptrType::Skb || type == DynptrType::SkbMeta;
      break;
    }
    case func::per_cpu_ptr:
    case func::this_cpu_ptr:
      meta.cpu_of_kptr = regs[1].type & MEM_RCU;
      break;
    case func::set_retval:
      if (Stop stop = check_set_retval(env)) return std::unexpected(stop);
      break;
    default:
      break;
  }
  clear_caller_saved_regs(env, *env.path.cur_func());
  if (Stop stop = set_result(env, meta, *fn)) return std::unexpected(stop);
  if (Stop stop = check_map_func_compatibility(env, meta.map, meta.func_id)) return std::unexpected(stop);
  if (meta.func_id == func::get_func_ip)
    if (Stop stop = check_get_func_ip(env)) return std::unexpected(stop);
  if (meta.func_id == func::tail_call && env.laws.rules.tail_call_returns)
    return env.path.cur_state->curframe ? leave_by_tail_call(env) : insn_idx + 1;
  if (changes_data) clear_all_pkt_pointers(env);
  return insn_idx + 1;
}

Stop check_tail_call_maps(Env& env) {
  for (u32 i = 0; i < env.prog.insns.size(); i++) {
    const InsnAux& aux = env.prog.aux[i];
    if (bpf_helper_call(&env.prog.insns[i]) && env.prog.insns[i].imm == static_cast<s32>(func::tail_call) &&
        aux.map_unpriv && aux.map_poison)
      return env.reject(Msg::TailCallAbusesMap);
  }
  return go_on;
}

}  // namespace bpfcheck::sim
