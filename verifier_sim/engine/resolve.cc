// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See resolve.h.
#include "verifier_sim/engine/resolve.h"

#include <algorithm>

#include "verifier_sim/engine/insn_fields.h"
#include "verifier_sim/engine/kernel_address.h"
#include "verifier_sim/memory/record.h"

namespace bpfcheck::sim {
namespace {

constexpr u32 MAX_USED_MAPS = 64;

/// bpf_opcode_in_insntable (kernel/bpf/core.c, 5.10 to 7.3).
bool known_opcode(const Target& target, u8 code) {
  const Insn i{.code = code};
  const u8 op = i.op(), cls = i.cls();
  switch (cls) {
    case bpf::ALU:
    case bpf::ALU64:
      if (op == bpf::END) return cls == bpf::ALU || (!i.src_is_reg() && target.has(Feature::instruction_set_v4));
      if (op == bpf::NEG) return !i.src_is_reg();
      return op <= bpf::ARSH;
    case bpf::JMP:
      if (op == bpf::JCOND && !target.has(Feature::may_goto)) return false;
      if (op == bpf::CALL || op == bpf::EXIT || op == bpf::JA || op == bpf::JCOND) return !i.src_is_reg();
      return op <= bpf::JSLE;
    case bpf::JMP32:
      if (op == bpf::JA) return !i.src_is_reg() && target.has(Feature::long_jumps);
      return op != bpf::CALL && op != bpf::EXIT && op <= bpf::JSLE;
    case bpf::LDX:
      return i.mode() == bpf::MEM || (i.mode() == bpf::MEMSX && i.size() != bpf::DW);
    case bpf::ST:
      return i.mode() == bpf::MEM;
    case bpf::STX:
      if (i.mode() == bpf::MEM) return true;
      return i.mode() == bpf::ATOMIC &&
             (i.size() == bpf::DW || i.size() == bpf::W || target.has(Feature::load_acquire));
    default:
      return (i.mode() == bpf::ABS || i.mode() == bpf::IND) ? i.size() != bpf::DW : code == bpf::LD_IMM64;
  }
}

bool sleepable_may_use(const Target& target, MapType t) {
  using enum MapType;
  switch (t) {
    case HASH:
    case LRU_HASH:
    case ARRAY:
      return true;
    case PERCPU_HASH:
    case PERCPU_ARRAY:
    case LRU_PERCPU_HASH:
    case ARRAY_OF_MAPS:
    case HASH_OF_MAPS:
    case RINGBUF:
    case USER_RINGBUF:
      return target.has(Feature::sleepable_any_hash);
    case INODE_STORAGE:
    case SK_STORAGE:
    case TASK_STORAGE:
    case CGRP_STORAGE:
      return target.has(Feature::sleepable_local_storage);
    case QUEUE:
    case STACK:
    case ARENA:
      return target.has(Feature::sleepable_queues);
    case LPM_TRIE:
    case PROG_ARRAY:
      return target.has(Feature::sleepable_tries);
    default:
      return false;
  }
}

/// is_preallocated_map: elements that are there from the beginning, those of inner maps, too.
bool is_preallocated(const loader::MapDef& map) {
  const bool may_allocate =
      map.type == MapType::HASH || map.type == MapType::PERCPU_HASH || map.type == MapType::HASH_OF_MAPS;
  if (may_allocate && (map.flags & F_NO_PREALLOC)) return false;
  return !map.inner || is_preallocated(*map.inner);
}

Stop check_compatibility(Env& env, const Map& map) {
  const Record* rec = map.record.get();
  const bool tracing = is_tracing_prog_type(env.prog.type);
  if (rec && tracing && rec->has(FIELD_LIST_HEAD | FIELD_RB_ROOT)) return env.reject(Msg::TracingListHead);
  if (rec && rec->has(FIELD_SPIN_LOCK | FIELD_RES_SPIN_LOCK)) {
    if (env.prog.type == ProgType::SOCKET_FILTER) return env.reject(Msg::SocketFilterSpinLock);
    if (tracing) return env.reject(Msg::TracingSpinLock);
  }
  const bool timers = !tracing || env.target.has(Feature::tracing_timers);
  if (rec && !timers && rec->has(FIELD_TIMER)) return env.reject(Msg::TracingTimer);
  if (rec && !timers && rec->has(FIELD_WORKQUEUE)) return env.reject(Msg::TracingWorkqueue);
  const MapType t = map.def->type;
  if (t == MapType::STRUCT_OPS) return env.reject(Msg::StructOpsMapInProg);
  if (env.prog.sleepable) {
    if (!sleepable_may_use(env.target, t)) return env.reject(Msg::SleepableMapType);
    if (!env.target.has(Feature::sleepable_allocates) && !is_preallocated(*map.def))
      return env.reject(Msg::SleepableMapAllocates);
  }
  if (t == MapType::CGROUP_STORAGE || t == MapType::PERCPU_CGROUP_STORAGE) {
    const Map*& place = env.prog.cgroup_storage[t == MapType::PERCPU_CGROUP_STORAGE];
    if (place && place != &map) return env.reject(Msg::OneCgroupStorage);
    place = &map;
  }
  if (t == MapType::ARENA) {
    if (env.prog.arena) return env.reject(Msg::OneArena);
    if (!env.prog.may.allow_ptr_leaks || !env.prog.may.bpf_capable) return env.reject(Msg::ArenaNeedsCaps);
    if (!env.target.jit) return env.reject(Msg::ArenaNeedsJit);
    env.prog.arena = &map;
  }
  return go_on;
}

Stop use_map(Env& env, u32 index, u32& used) {
  if (index >= env.prog.linked.maps.size()) return env.reject(Msg::NotAMapFd, -1 - static_cast<s32>(index));
  if (env.prog.maps.empty()) env.prog.maps.resize(env.prog.linked.maps.size());
  if (env.prog.maps[index]) return go_on;
  if (used >= MAX_USED_MAPS) return env.reject(Msg::TooManyMaps, MAX_USED_MAPS);
  auto map = make_map(*env.prog.linked.maps[index], index, env.prog.linked.btf.get());
  if (Stop stop = check_compatibility(env, *map)) return stop;
  env.prog.maps[index] = std::move(map);
  used++;
  return go_on;
}

Stop direct_value(Env& env, const Map& map, u32 off, InsnAux& aux) {
  if (off >= MAX_VAR_OFF) return env.reject(Msg::DirectValueOffset, off);
  const loader::MapDef& def = *map.def;
  aux.map_off = off;
  if (def.type == MapType::ARENA) return go_on;
  if (def.type != MapType::ARRAY) return env.reject(Msg::NoDirectValue);
  if (def.max_entries != 1) {
    env.notes.note(Msg::DirectValueOutOfRange, def.value_size, off);
    return Stop::refused(EOPNOTSUPP);
  }
  if (off >= def.value_size) return env.reject(Msg::DirectValueOutOfRange, def.value_size, off);
  return go_on;
}

/// The section of the kernel's BTF that lists this variable is that of per-CPU variables.
bool is_percpu_var(const btf::Btf& btf, u32 id) {
  auto section = btf.find(".data..percpu", btf::Kind::DataSec);
  if (!section) return false;
  btf::Type s = btf.type(*section);
  for (u32 i = 0; i < s.vlen(); i++)
    if (s.sec_var(i).type == id) return true;
  return false;
}

/// A kernel variable or function by its BTF id.
Stop check_pseudo_btf_id(Env& env, const Insn& insn, const Insn& next, InsnAux& aux) {
  const auto& btfs = env.prog.linked.btfs;
  const auto which = static_cast<size_t>(next.imm);
  const btf::Btf* btf = which < btfs.size() ? btfs[which].get() : which == 0 ? env.target.btf.get() : nullptr;
  if (!btf) return which ? env.unsupported("variables of kernel modules") : env.reject(Msg::KsymNoBtf);
  const auto id = static_cast<u32>(insn.imm);
  if (!btf->has(id)) return env.reject(Msg::KsymInvalidId, id);
  btf::Type t = btf->type(id);
  if (!t.is(btf::Kind::Var) && !(t.is(btf::Kind::Func) && env.target.has(Feature::function_addresses)))
    return env.reject(Msg::KsymNotVar, id);
  if (!has_address(env.target, t, btf == env.target.btf.get())) return env.reject(Msg::KsymNoAddress, t.name());
  aux.btf_var_type = PTR_TO_MEM | MEM_RDONLY;
  aux.btf_var_mem_size = 0;
  if (t.is(btf::Kind::Func)) return go_on;
  aux.btf_var_btf = btf;
  aux.btf_var_id = t.type();
  btf::Type pointee = btf->type(btf->skip_mods_and_typedefs(t.type()));
  if (is_percpu_var(*btf, id)) {
    aux.btf_var_type = PTR_TO_BTF_ID | MEM_PERCPU;
  } else if (pointee.is_composite()) {
    aux.btf_var_type = PTR_TO_BTF_ID;
  } else {
    auto size = btf->size_of(pointee.id());
    if (!size) return env.reject(Msg::KsymNoSize, pointee.name(), -EINVAL);
    aux.btf_var_mem_size = static_cast<u32>(*size);
  }
  return go_on;
}

Stop resolve_one(Env& env, u32 i, u32& used) {
  const Insn insn = env.prog.insns[i];
  if (i + 1 >= env.prog.insns.size()) return env.reject(Msg::InvalidLdimm64);
  const Insn next = env.prog.insns[i + 1];
  if (next.code || next.dst || next.src || next.off) return env.reject(Msg::InvalidLdimm64);
  InsnAux& aux = env.prog.aux[i];
  switch (insn.src) {
    case 0:
      return go_on;
    case bpf::PSEUDO_BTF_ID:
      return check_pseudo_btf_id(env, insn, next, aux);
    case bpf::PSEUDO_FUNC:
      if (!env.target.has(Feature::callbacks)) return env.reject(Msg::UnrecognizedLdimm64);
      aux.ptr_type = PTR_TO_FUNC;
      return go_on;
    case bpf::PSEUDO_MAP_VALUE:
      break;
    case bpf::PSEUDO_MAP_FD:
      if (next.imm == 0) break;
      [[fallthrough]];
    default:
      return env.reject(Msg::UnrecognizedLdimm64);
  }
  const auto index = static_cast<u32>(insn.imm);
  if (Stop stop = use_map(env, index, used)) return stop;
  aux.map_index = index;
  return insn.src == bpf::PSEUDO_MAP_VALUE ? direct_value(env, *env.prog.maps[index], static_cast<u32>(next.imm), aux)
                                           : go_on;
}

/// Fields of loads and stores that must be as they are before anything else is looked at (resolve_pseudo_ldimm64, 5.10
/// and 6.18).
Stop check_memory_fields(Env& env, const Insn& insn) {
  if (insn.cls() == bpf::LDX) {
    const bool mode =
        insn.mode() == bpf::MEM || (insn.mode() == bpf::MEMSX && env.target.has(Feature::instruction_set_v4));
    if (!mode || insn.imm != 0) return env.reject(Msg::LdxReservedFields);
  }
  if (insn.cls() == bpf::STX && !env.target.has(Feature::fetching_atomics) &&
      ((insn.mode() != bpf::MEM && insn.mode() != bpf::ATOMIC) || insn.imm != 0))
    return env.reject(Msg::StxReservedFields);
  return go_on;
}

}  // namespace

Stop resolve_pseudo_ldimm64(Env& env) {
  u32 used = 0;
  for (u32 i = 0; i < env.prog.insns.size(); i++) {
    const Insn& insn = env.prog.insns[i];
    env.path.insn_idx = i;  // for whoever asks where it was refused: no words name it
    const bool all_fields = env.target.has(Feature::fields_checked_first);
    if (Stop stop = all_fields ? check_registers(env, insn) : check_memory_fields(env, insn)) return stop;
    if (insn.code == bpf::LD_IMM64) {
      if (Stop stop = resolve_one(env, i, used)) return stop;
      i++;
    } else if (!known_opcode(env.target, insn.code)) {
      return env.reject(Msg::UnknownOpcode, insn.code);
    } else if (all_fields) {
      if (Stop stop = check_insn_fields(env, insn)) return stop;
    }
  }
  env.path.insn_idx = 0;
  return go_on;
}

}  // namespace bpfcheck::sim
