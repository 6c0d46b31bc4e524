// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See spin_lock.h.
#include "verifier_sim/calls/spin_lock.h"

#include <algorithm>

#include "verifier_sim/memory/btf_ptr.h"
#include "verifier_sim/memory/record.h"
#include "verifier_sim/state/reference.h"

namespace bpfcheck::sim {
namespace {

constexpr u8 bits(RefType kind) { return static_cast<u8>(kind); }

/// btf_find_field, before fields were found together: other types have no lock, nor an error of their own.
bool may_hold_lock(const Target& target, const Map& map) {
  const btf::Type value = map.btf->type(map.btf->skip_mods_and_typedefs(map.def->btf_value_type_id));
  return target.has(Feature::field_records) || value.is_composite() ||
         (value.is(btf::Kind::DataSec) && target.has(Feature::fields_in_sections));
}

/// The register points at the lock of a map value or object that has one.
Stop check_is_lock(Env& env, const Reg& reg, u32 regno, bool resilient, const char* name) {
  if (!reg.is_const()) return env.reject(Msg::LockOffsetNotConst, regno, name);
  const Map* map = reg.type == PTR_TO_MAP_VALUE ? reg.u.map : nullptr;
  if (map && !map->btf) return env.reject(Msg::LockMapNeedsBtf, map->name, name);
  if (map && !may_hold_lock(env.target, *map)) return env.reject(Msg::LockMangled, map->name, name);
  const Record* rec = reg_btf_record(env, &reg);
  if (!rec || !rec->has(resilient ? FIELD_RES_SPIN_LOCK : FIELD_SPIN_LOCK))
    return env.reject(Msg::LockMissing, map ? "map" : "local", map ? map->name : "kptr", name);
  const s32 lock_off = resilient ? rec->res_spin_lock_off : rec->spin_lock_off;
  const s64 off = static_cast<s64>(reg.var_off().value) + reg.off;
  return off == lock_off ? go_on : env.reject(Msg::LockOtherOffset, off, name, lock_off);
}

void acquire_lock_state(Env& env, RefType kind, u32 id, const void* ptr) {
  State& st = *env.path.cur_state;
  st.refs.push_back({.type = kind, .id = id, .insn_idx = static_cast<int>(env.path.insn_idx), .ptr = ptr});
  st.active_locks++;
  st.active_lock_id = id;
  st.active_lock_ptr = ptr;
}

/// The lock that was taken before this one becomes the last.
void release_lock_state(State& st, RefType kind, u32 id, const void* ptr) {
  u32 prev_id = 0;
  const void* prev_ptr = nullptr;
  for (auto it = st.refs.begin(); it != st.refs.end(); ++it) {
    if (it->type == kind && it->id == id && it->ptr == ptr) {
      st.refs.erase(it);
      st.active_locks--;
      st.active_lock_id = prev_id;
      st.active_lock_ptr = prev_ptr;
      return;
    }
    if (bits(it->type) & ref_lock_mask) {
      prev_id = it->id;
      prev_ptr = it->ptr;
    }
  }
}

/// Objects of a collection may be freed once its lock is given back.
void invalidate_non_owning_refs(Env& env) {
  env.path.cur_state->for_each_reg(
      [](const Reg& r) { return r.base() == PTR_TO_BTF_ID && (r.type & MEM_ALLOC) && (r.type & NON_OWN_REF); },
      [&](Reg& r) { mark_reg_invalid(env.prog.may, &r); });
}

}  // namespace

Stop process_spin_lock(Env& env, u32 regno, RefType kind, bool lock) {
  const Reg& reg = env.path.cur_regs()[regno];
  State& st = *env.path.cur_state;
  const bool resilient = kind != RefType::Lock;
  const char* name = resilient ? "bpf_res_spin" : "bpf_spin";
  if (Stop stop = check_is_lock(env, reg, regno, resilient, name)) return stop;
  const u32 id = reg.id;
  const void* ptr = reg.type == PTR_TO_MAP_VALUE ? static_cast<const void*>(reg.u.map) : reg.u.btf;
  if (lock) {
    // The kernel looks for the lock with the identity 0 of no object here, which none has: two plain locks are caught
    // where calls are, as a call while a lock is held.
    if (resilient && find_lock_state(st, bits(RefType::ResLock) | bits(RefType::ResLockIrq), id, ptr))
      return env.reject(Msg::LockTwice);
    acquire_lock_state(env, kind, id, ptr);
    return go_on;
  }
  if (!st.active_locks) return env.reject(Msg::UnlockWithoutLock, name);
  if (!find_lock_state(st, bits(kind), id, ptr)) return env.reject(Msg::UnlockOther, name);
  if (id != st.active_lock_id || ptr != st.active_lock_ptr) return env.reject(Msg::UnlockOutOfOrder, name);
  release_lock_state(st, kind, id, ptr);
  invalidate_non_owning_refs(env);
  if (env.target.has(Feature::unlock_ends_rcu) && !in_rcu_cs(env)) lose_rcu(env);
  return go_on;
}

}  // namespace bpfcheck::sim
