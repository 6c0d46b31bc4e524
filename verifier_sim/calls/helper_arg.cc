// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The arguments of a helper against its prototype (check_func_arg, check_reg_type: kernel/bpf/verifier.c, 6.18).
#include <algorithm>
#include <span>

#include "verifier_sim/calls/dynptr_arg.h"
#include "verifier_sim/calls/format.h"
#include "verifier_sim/calls/helper.h"
#include "verifier_sim/calls/kfunc_graph.h"
#include "verifier_sim/calls/kptr_xchg.h"
#include "verifier_sim/calls/map_field.h"
#include "verifier_sim/calls/spin_lock.h"
#include "verifier_sim/memory/access.h"
#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/dynptr_slots.h"
#include "verifier_sim/memory/kptr.h"
#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/search/backtrack.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/transfer/reg_access.h"

namespace bpfcheck::sim {
namespace {

using Types = std::span<const u32>;
constexpr u32 mem_types[] = {PTR_TO_STACK,
                             PTR_TO_PACKET,
                             PTR_TO_PACKET_META,
                             PTR_TO_MAP_KEY,
                             PTR_TO_MAP_VALUE,
                             PTR_TO_MEM,
                             PTR_TO_MEM | MEM_RINGBUF,
                             PTR_TO_BUF,
                             PTR_TO_BTF_ID | PTR_TRUSTED};
constexpr u32 map_key_types[] = {PTR_TO_STACK, PTR_TO_PACKET, PTR_TO_PACKET_META, PTR_TO_MAP_KEY, PTR_TO_MAP_VALUE};
constexpr u32 sock_types[] = {PTR_TO_SOCK_COMMON, PTR_TO_SOCKET, PTR_TO_TCP_SOCK, PTR_TO_XDP_SOCK};
constexpr u32 btf_sock_types[] = {PTR_TO_SOCK_COMMON, PTR_TO_SOCKET, PTR_TO_TCP_SOCK,
                                  PTR_TO_XDP_SOCK,    PTR_TO_BTF_ID, PTR_TO_BTF_ID | PTR_TRUSTED};
constexpr u32 scalar_types[] = {SCALAR_VALUE};
constexpr u32 map_ptr_types[] = {CONST_PTR_TO_MAP};
constexpr u32 ctx_types[] = {PTR_TO_CTX};
constexpr u32 fullsock_types[] = {PTR_TO_SOCKET};
constexpr u32 btf_types[] = {PTR_TO_BTF_ID, PTR_TO_BTF_ID | PTR_TRUSTED, PTR_TO_BTF_ID | MEM_RCU};
constexpr u32 ringbuf_types[] = {PTR_TO_MEM | MEM_RINGBUF};
constexpr u32 func_types[] = {PTR_TO_FUNC};
constexpr u32 stack_types[] = {PTR_TO_STACK};
constexpr u32 map_value_types[] = {PTR_TO_MAP_VALUE};
constexpr u32 lock_types[] = {PTR_TO_MAP_VALUE, PTR_TO_BTF_ID | MEM_ALLOC};
constexpr u32 percpu_types[] = {PTR_TO_BTF_ID | MEM_PERCPU, u32{PTR_TO_BTF_ID | MEM_PERCPU} | MEM_RCU,
                                u32{PTR_TO_BTF_ID | MEM_PERCPU} | PTR_TRUSTED};
constexpr u32 older_percpu_types[] = {PTR_TO_BTF_ID | MEM_PERCPU, u32{PTR_TO_BTF_ID | MEM_PERCPU} | PTR_TRUSTED};
constexpr u32 dynptr_types[] = {PTR_TO_STACK, CONST_PTR_TO_DYNPTR};

Types compatible_types(const Env& env, u32 arg) {
  const Target& target = env.target;
  const Types memory(mem_types);
  switch (base_type(arg)) {
    case ARG_PTR_TO_MAP_KEY:
    case ARG_PTR_TO_MAP_VALUE:
      if (!target.has(Feature::map_keys_anywhere)) return map_key_types;
      [[fallthrough]];
    case ARG_PTR_TO_MEM:
      return env.laws.rules.objects_as_memory ? memory : memory.first(memory.size() - 1);
    case ARG_CONST_SIZE:
    case ARG_CONST_SIZE_OR_ZERO:
    case ARG_CONST_ALLOC_SIZE_OR_ZERO:
    case ARG_SCALAR:
      return scalar_types;
    case ARG_CONST_MAP_PTR:
      return map_ptr_types;
    case ARG_PTR_TO_CTX:
      return ctx_types;
    case ARG_PTR_TO_SOCK_COMMON:
      return sock_types;
    case ARG_PTR_TO_BTF_ID_SOCK_COMMON:
      return btf_sock_types;
    case ARG_PTR_TO_SOCKET:
      return fullsock_types;
    case ARG_PTR_TO_BTF_ID:
      return btf_types;
    case ARG_PTR_TO_SPIN_LOCK:
      return target.has(Feature::field_records) ? Types(lock_types) : map_value_types;
    case ARG_KPTR_XCHG_DEST:
      return target.has(Feature::kptr_in_objects) ? Types(lock_types) : map_value_types;
    case ARG_PTR_TO_RINGBUF_MEM:
      return ringbuf_types;
    case ARG_PTR_TO_PERCPU_BTF_ID:
      return target.has(Feature::percpu_kptr)
                 ? Types(percpu_types)
                 : Types(older_percpu_types).first(target.has(Feature::trusted_pointers) + 1u);
    case ARG_PTR_TO_FUNC:
      return func_types;
    case ARG_PTR_TO_STACK:
      return stack_types;
    case ARG_PTR_TO_CONST_STR:
    case ARG_PTR_TO_TIMER:
      return map_value_types;
    case ARG_PTR_TO_DYNPTR:
      return dynptr_types;
    default:
      return {};
  }
}

/// A pointer to a kernel object, or to one that embeds it at the right place, where the helper wants this object.
Stop check_btf_type(Env& env, u32 regno, u32 arg, const CallMeta& meta, u32 wanted_id) {
  const Reg& reg = env.path.cur_regs()[regno];
  if (reg.type & MEM_ALLOC) {
    if ((reg.type & ~static_cast<u32>(MEM_PERCPU)) != (PTR_TO_BTF_ID | MEM_ALLOC))
      return env.reject(Msg::AllocatedArgumentFlags);
    return meta.func_id == func::kptr_xchg && regno == 2 ? map_kptr_match_type(env, *meta.kptr_field, reg, regno)
                                                         : go_on;
  }
  if (reg.type & MEM_PERCPU) return go_on;
  const bool release = arg & OBJ_RELEASE;
  if (reg.maybe_null() && (!(arg & PTR_MAYBE_NULL) || release)) return env.reject(Msg::MaybeNullToHelper, regno);
  if (meta.func_id == func::kptr_xchg) return map_kptr_match_type(env, *meta.kptr_field, reg, regno);
  if (!wanted_id && base_type(arg) == ARG_PTR_TO_BTF_ID_SOCK_COMMON) wanted_id = vmlinux_struct_id(env, "sock_common");
  const bool strict = release && meta.func_id != func::sk_release;
  if (btf_struct_ids_match(env, reg.u.btf, reg.u.btf_id, reg.off, env.target.btf.get(), wanted_id, strict))
    return go_on;
  return env.reject(Msg::BtfTypeMismatch, regno, btf_type_name(reg.u.btf, reg.u.btf_id),
                    btf_type_name(env.target.btf.get(), wanted_id));
}

/// The key of an array look-up, where it is a constant: then the look-up cannot miss.
Stop constant_map_key(Env& env, const Reg* key, u32 key_size, s64* value) {
  if (!env.target.has(Feature::array_lookup_found) || !env.prog.may.bpf_capable || key->type != PTR_TO_STACK ||
      !key->is_const())
    return Stop::refused(EOPNOTSUPP);
  const int at = -(key->off + static_cast<int>(key->var_off().value)) - 1, spi = at / 8, off = at % 8;
  const StackSlot& slot = env.path.func(key)->stack[static_cast<u32>(spi)];
  u32 zeros = 0, spills = 0;
  for (int i = off; i >= 0 && slot.slot[i] == SlotType::Zero; i--) zeros++;
  if (zeros >= key_size) {
    *value = 0;
    return go_on;
  }
  if (!slot.is_spilled_scalar()) return Stop::refused(EOPNOTSUPP);
  for (int i = off; i >= 0 && slot.slot[i] == SlotType::Spill; i--) spills++;
  if (spills != key_size || !slot.spilled->is_const()) return Stop::refused(EOPNOTSUPP);
  const s64 found = static_cast<s64>(slot.spilled->var_off().value);
  env.explorer->bt.set_slot(key->frameno, static_cast<u32>(spi));
  if (Stop stop = mark_chain_precision_batch(env, env.path.cur_state, env.path.cur_state->curframe)) return stop;
  *value = found;
  return go_on;
}

/// What the helper does to the argument's memory. Before that was said of each, only memory that need not be
/// initialised was known to be written.
AccessType access_of(const SharedRules& rules, u32 arg) {
  const bool writes = arg & (rules.helper_writes_flagged ? MEM_WRITE : MEM_UNINIT);
  return writes ? AccessType::Write : AccessType::Read;
}

/// Whatever is wrong with a lock was EACCES before 6.3.
Stop check_lock(Env& env, u32 regno, bool lock) {
  const Stop stop = process_spin_lock(env, regno, RefType::Lock, lock);
  return stop.is(EINVAL) && !env.target.has(Feature::rbtree) ? Stop::refused(EACCES) : stop;
}

Stop check_value(Env& env, Reg* reg, u32 regno, u32 arg, u32 index, CallMeta* meta, const HelperProto* fn) {
  const AccessType access = access_of(env.laws.rules, arg);
  switch (base_type(arg)) {
    case ARG_CONST_MAP_PTR:
      if (meta->map && (meta->map != reg->u.map || meta->map_uid != reg->u.map_uid))
        return env.reject(Msg::TimerMapMismatch, meta->map_uid, reg->u.map_uid);
      meta->map = reg->u.map;
      meta->map_uid = reg->u.map_uid;
      return go_on;
    case ARG_PTR_TO_MAP_KEY: {
      if (!meta->map) return env.unsupported("verifier bug: no map for a key");
      const u32 key_size = meta->map->def->key_size;
      if (Stop stop = check_helper_mem_access(env, regno, static_cast<int>(key_size), AccessType::Read, false, nullptr))
        return stop;
      if (meta->map->def->type != MapType::ARRAY && meta->map->def->type != MapType::PERCPU_ARRAY) return go_on;
      Stop stop = constant_map_key(env, reg, key_size, &meta->const_map_key);
      if (stop) meta->const_map_key = -1;
      return stop.is(EOPNOTSUPP) ? go_on : stop;
    }
    case ARG_PTR_TO_MAP_VALUE:
      if ((arg & PTR_MAYBE_NULL) && reg->is_null()) return go_on;
      if (!meta->map) return env.unsupported("verifier bug: no map for a value");
      meta->raw_mode = arg & MEM_UNINIT;
      return check_helper_mem_access(env, regno, static_cast<int>(meta->map->def->value_size), access, false, meta);
    case ARG_PTR_TO_MEM:
      meta->raw_mode = arg & MEM_UNINIT;
      if (!(arg & MEM_FIXED_SIZE)) return go_on;
      if (Stop stop = check_helper_mem_access(env, regno, static_cast<int>(fn->arg_size[index]), access, false, meta))
        return stop;
      return arg & MEM_ALIGNED ? check_ptr_alignment(env, reg, 0, static_cast<int>(fn->arg_size[index]), true) : go_on;
    case ARG_CONST_SIZE:
    case ARG_CONST_SIZE_OR_ZERO:
      return check_mem_size_reg(env, reg, regno, access_of(env.laws.rules, fn->arg[index - 1]),
                                base_type(arg) == ARG_CONST_SIZE_OR_ZERO, meta);
    case ARG_CONST_ALLOC_SIZE_OR_ZERO:
      if (!reg->is_const()) return env.reject(Msg::NotAKnownConstant, regno);
      meta->mem_size = static_cast<u32>(reg->var_off().value);
      return env.target.has(Feature::allocation_precise) ? mark_chain_precision(env, static_cast<int>(regno)) : go_on;
    case ARG_PTR_TO_PERCPU_BTF_ID:
      if (!reg->u.btf_id) return env.reject(Msg::HelperInvalidBtfId, regno);
      meta->ret_btf = reg->u.btf;
      meta->ret_btf_id = reg->u.btf_id;
      return go_on;
    case ARG_PTR_TO_TIMER:
      return process_timer_func(env, regno, meta);
    case ARG_PTR_TO_CONST_STR:
      return check_reg_const_str(env, *reg, regno);
    case ARG_PTR_TO_FUNC:
      meta->subprogno = reg->u.subprogno;
      return go_on;
    case ARG_PTR_TO_DYNPTR:
      return process_dynptr_func(env, regno, static_cast<int>(env.path.insn_idx), arg, 0);
    case ARG_PTR_TO_SPIN_LOCK:
      if (in_rbtree_lock_required_cb(env)) return env.reject(Msg::LockInCallback);
      return check_lock(env, regno, meta->func_id == func::spin_lock);
    case ARG_KPTR_XCHG_DEST:
      return process_kptr_func(env, regno, meta);
    case ARG_SCALAR:
    case ARG_PTR_TO_CTX:
    case ARG_PTR_TO_SOCK_COMMON:
    case ARG_PTR_TO_SOCKET:
    case ARG_PTR_TO_RINGBUF_MEM:
    case ARG_PTR_TO_STACK:
    case ARG_PTR_TO_BTF_ID:
    case ARG_PTR_TO_BTF_ID_SOCK_COMMON:
      return go_on;
    default:
      return env.unsupported("helper arguments of this kind: bpf_" + std::string(helper_name(meta->func_id)));
  }
}

}  // namespace

Stop check_reg_type(Env& env, u32 regno, u32 arg, u32 wanted_id, const CallMeta& meta) {
  const Reg& reg = env.path.cur_regs()[regno];
  u32 type = reg.type;
  if (arg & MEM_RDONLY) type &= ~static_cast<u32>(MEM_RDONLY);
  if (arg & PTR_MAYBE_NULL) type &= ~static_cast<u32>(PTR_MAYBE_NULL);
  if (base_type(arg) == ARG_PTR_TO_MEM) type &= ~DYNPTR_TYPE_FLAG_MASK;
  if (meta.func_id == func::kptr_xchg && (type & MEM_ALLOC) && regno == 2)
    type &= ~static_cast<u32>(MEM_ALLOC | MEM_PERCPU);
  const Types types = compatible_types(env, arg);
  if (std::ranges::find(types, type) == types.end())
    return env.reject(Msg::TypeExpected, regno, reg_type_str(reg.type), RegTypes{{types.begin(), types.end()}});
  if (reg.base() != PTR_TO_BTF_ID) return go_on;
  if (types.data() == mem_types && !(arg & MEM_RDONLY))
    return env.reject(Msg::HelperMayWriteBtf, "bpf_" + std::string(helper_name(meta.func_id)), regno,
                      reg_type_str(reg.type));
  if (types.data() == mem_types) return go_on;
  return check_btf_type(env, regno, arg, meta, wanted_id);
}

Stop check_func_arg_reg_off(Env& env, const Reg* reg, u32 regno, u32 arg) {
  const bool trusted = env.target.has(Feature::trusted_pointers);
  if (base_type(arg) == ARG_PTR_TO_DYNPTR && !env.target.has(Feature::const_dynptr) && reg->type == PTR_TO_STACK &&
      reg->off % bpf::REG_SIZE)
    return env.reject(Msg::StackObjOffset, "dynptr", reg->off);
  if (arg & OBJ_RELEASE) {
    if (base_type(arg) == ARG_PTR_TO_DYNPTR && reg->type == PTR_TO_STACK) return go_on;
    if (base_type(arg) == ARG_PTR_TO_RINGBUF_MEM && !env.target.has(Feature::ringbuf_memory_unmoved)) return go_on;
    if (reg->off && (trusted || reg->type == PTR_TO_BTF_ID)) return env.reject(Msg::ReleaseZeroOffset, regno);
    return check_ptr_off_reg_raw(env, reg, regno, false);
  }
  switch (reg->type) {
    case PTR_TO_STACK:
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META:
    case PTR_TO_MAP_KEY:
    case PTR_TO_MAP_VALUE:
    case PTR_TO_MEM:
    case PTR_TO_MEM | MEM_RDONLY:
    case PTR_TO_MEM | MEM_RINGBUF:
    case PTR_TO_BUF:
    case PTR_TO_BUF | MEM_RDONLY:
    case PTR_TO_ARENA:
    case SCALAR_VALUE:
      return go_on;
    case PTR_TO_BTF_ID:
    case PTR_TO_BTF_ID | MEM_ALLOC:
    case PTR_TO_BTF_ID | PTR_TRUSTED:
    case PTR_TO_BTF_ID | MEM_RCU:
    case PTR_TO_BTF_ID | MEM_ALLOC | NON_OWN_REF:
    case PTR_TO_BTF_ID | MEM_ALLOC | NON_OWN_REF | MEM_RCU:
      return check_ptr_off_reg_raw(env, reg, regno, true);
    default:
      return check_ptr_off_reg_raw(env, reg, regno, false);
  }
}

Stop check_func_arg(Env& env, u32 index, CallMeta* meta, const HelperProto* fn) {
  const u32 regno = index + 1;
  u32 arg = fn->arg[index];
  if (arg == ARG_DONTCARE) return go_on;
  if (Stop stop = check_reg_arg(env, regno, SRC_OP)) return stop;
  Reg* reg = &env.path.cur_regs()[regno];
  if (arg == ARG_ANYTHING)
    return is_pointer_value(env, regno) ? env.reject(Msg::LeaksAddr, regno, "helper function") : go_on;
  if (reg->is_pkt() && !may_access_direct_pkt_data(env, meta, AccessType::Read))
    return env.reject(Msg::HelperPacketAccess);
  if (base_type(arg) == ARG_PTR_TO_MAP_VALUE && meta->map) {
    const MapType t = meta->map->def->type;
    if (t == MapType::SOCKMAP || t == MapType::SOCKHASH) {
      if (arg != ARG_PTR_TO_MAP_VALUE) return env.reject(Msg::InvalidSockmapArg);
      arg = ARG_PTR_TO_BTF_ID_SOCK_COMMON;
    } else if (t == MapType::BLOOM_FILTER && meta->func_id == func::map_peek_elem) {
      arg = ARG_PTR_TO_MAP_VALUE;
    }
  }
  if (reg->is_null() && (arg & PTR_MAYBE_NULL)) {
    if (env.target.has(Feature::null_arguments_precise))
      if (Stop stop = mark_chain_precision(env, static_cast<int>(regno))) return stop;
  } else {
    const bool object = reg->base() == PTR_TO_BTF_ID && !fn->arg_btf[index].empty();
    if (Stop stop = check_reg_type(env, regno, arg, object ? vmlinux_struct_id(env, fn->arg_btf[index]) : 0, *meta))
      return stop;
    if (Stop stop = check_func_arg_reg_off(env, reg, regno, arg)) return stop;
  }
  if (arg & OBJ_RELEASE) {
    if (base_type(arg) == ARG_PTR_TO_DYNPTR) {
      if (reg->type != PTR_TO_STACK && env.target.has(Feature::const_dynptr))
        return env.reject(Msg::ReleaseConstDynptr);
      const Reg* dynptr = dynptr_reg(env, reg);
      if (!dynptr || !dynptr->ref_obj_id) return env.reject(Msg::ReleaseUnacquired, regno);
    } else if (!reg->ref_obj_id && !reg->is_null())
      return env.reject(Msg::MustBeReferenced, regno, "bpf_" + std::string(helper_name(meta->func_id)), meta->func_id);
    meta->release_regno = static_cast<u8>(regno);
  }
  if (reg->ref_obj_id && base_type(arg) != ARG_KPTR_XCHG_DEST) {
    if (meta->ref_obj_id) return env.reject(Msg::MoreThanOneRef, regno, reg->ref_obj_id, meta->ref_obj_id);
    meta->ref_obj_id = reg->ref_obj_id;
  }
  return check_value(env, reg, regno, arg, index, meta, fn);
}

}  // namespace bpfcheck::sim
