// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See mem_region.h.
#include "verifier_sim/memory/mem_region.h"

#include <algorithm>

#include "verifier_sim/memory/record.h"
#include "verifier_sim/notes/names.h"

namespace bpfcheck::sim {
namespace {

Stop check_mem_access_raw(Env& env, u32 regno, s64 off64, int size, u32 mem_size, bool zero_size_allowed) {
  const int off = static_cast<int>(off64);
  const bool size_ok = size > 0 || (size == 0 && zero_size_allowed);
  if (off >= 0 && size_ok && static_cast<u64>(off) + static_cast<u64>(size) <= mem_size) return go_on;
  const Reg& reg = env.path.cur_regs()[regno];
  switch (reg.type) {
    case PTR_TO_MAP_KEY:
      return env.reject(Msg::InvalidMapKeyAccess, mem_size, off, size);
    case PTR_TO_MAP_VALUE:
      return env.reject(Msg::InvalidMapValueAccess, mem_size, off, size);
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META:
    case PTR_TO_PACKET_END:
      return env.reject(Msg::InvalidPacketAccess, off, size, regno, reg.id, off, mem_size);
    default:
      return env.reject(Msg::InvalidMemoryAccess, mem_size, off, size);
  }
}

/// A special field that the access may touch: pointers may be loaded and stored whole by instructions, others not at
/// all.
Stop check_field_access(Env& env, const Reg& reg, const Field& field, int off, int size, bool direct) {
  const char* name = btf_field_type_name(field.type);
  if (!(field.type & (FIELD_KPTR | FIELD_UPTR))) return env.reject(Msg::FieldDirectAccess, name);
  if (!direct) return env.reject(Msg::FieldAccessByHelper, name);
  if (!reg.is_const()) return env.reject(Msg::FieldVariableOffset, name);
  const u64 at = static_cast<u64>(s64{off}) + reg.var_off().value;
  if (field.offset != at) return env.reject(Msg::FieldMisaligned, name, field.offset, at);
  if (size != bpf::REG_SIZE) return env.reject(Msg::FieldSizeNotDw, name);
  return go_on;
}

Stop check_buffer_offset(Env& env, const char* what, const Reg* reg, u32 regno, int off, int size) {
  if (off < 0) return env.reject(Msg::NegativeBufferOffset, regno, what, off, size, tnum_strn(reg->var_off()));
  if (!reg->var_off().equals_const(0))
    return env.reject(Msg::VariableBufferOffset, regno, off, tnum_strn(reg->var_off()));
  return go_on;
}

/// Where a pointer's constant offset is part of its tracked value, a negative one is a value that may be negative.
bool starts_before(const Env& env, const Reg& reg, int off) {
  return env.target.has(Feature::pointer_offset_folded) && reg.off < 0 && off < 0;
}

/// The whole of a pointer's offset, as kernels know it that do not keep the constant part of it apart.
TrackedBits folded_offset(const Reg& reg) {
  return tnum_strn(tnum_add(reg.var_off(), tnum_const(static_cast<u64>(s64{reg.off}))));
}

}  // namespace

Stop check_mem_region_access(Env& env, u32 regno, int off, int size, u32 mem_size, bool zero_size_allowed) {
  const Reg& reg = env.path.cur_func()->regs[regno];
  if (env.notes.watched() && !env.target.has(Feature::states_beside_insns))
    env.notes.observer->on_state(env, *env.path.cur_state, env.path.cur_state->curframe, true);
  if (reg.smin() < 0 &&
      (reg.smin() == S64_MIN || off + reg.smin() != static_cast<s32>(off + reg.smin()) || reg.smin() + off < 0))
    return env.reject(Msg::MinValueNegative, regno);
  if (check_mem_access_raw(env, regno, reg.smin() + off, size, mem_size, zero_size_allowed))
    return env.reject(starts_before(env, reg, off) ? Msg::MinValueNegative : Msg::MinValueOutside, regno);
  if (reg.umax() >= MAX_VAR_OFF) return env.reject(Msg::UnboundedMemoryAccess, regno);
  if (check_mem_access_raw(env, regno, static_cast<s64>(reg.umax()) + off, size, mem_size, zero_size_allowed))
    return env.reject(Msg::MaxValueOutside, regno);
  return go_on;
}

Stop check_ptr_off_reg_raw(Env& env, const Reg* reg, u32 regno, bool fixed_off_ok) {
  if (reg->off < 0) return env.reject(Msg::NegativePtrOffset, reg_type_str(reg->type), regno, reg->off);
  if (!fixed_off_ok && reg->off) return env.reject(Msg::ModifiedPtrDeref, reg_type_str(reg->type), regno, reg->off);
  if (!reg->var_off().equals_const(0))
    return env.reject(Msg::VariablePtrAccess, reg_type_str(reg->type), tnum_strn(reg->var_off()), folded_offset(*reg));
  return go_on;
}

bool programs_may_not_write(const loader::MapDef& map) {
  return (map.flags & F_RDONLY_PROG) || map.type == MapType::DEVMAP || map.type == MapType::DEVMAP_HASH;
}

Stop check_map_access_type(Env& env, u32 regno, int off, int size, AccessType t) {
  const loader::MapDef& map = *env.path.cur_regs()[regno].u.map->def;
  if (t == AccessType::Write && programs_may_not_write(map))
    return env.reject(Msg::MapWriteForbidden, map.value_size, off, size);
  if (t == AccessType::Read && (map.flags & F_WRONLY_PROG))
    return env.reject(Msg::MapReadForbidden, map.value_size, off, size);
  return go_on;
}

Stop check_map_access(Env& env, u32 regno, int off, int size, bool zero_size_allowed, bool direct) {
  const Reg& reg = env.path.cur_func()->regs[regno];
  const Map* map = reg.u.map;
  if (Stop stop = check_mem_region_access(env, regno, off, size, map->def->value_size, zero_size_allowed)) return stop;
  if (!map->record) return go_on;
  const s64 lowest = reg.smin() + off;
  const u64 end = reg.umax() + static_cast<u64>(s64{off}) + static_cast<u64>(s64{size});
  for (const Field& field : map->record->fields)
    if (lowest < static_cast<s64>(field.offset + field.size) && field.offset < end)
      if (Stop stop = check_field_access(env, reg, field, off, size, direct)) return stop;
  return go_on;
}

bool may_access_direct_pkt_data(Env& env, const CallMeta* meta, AccessType t) {
  using enum ProgType;
  switch (env.prog.type) {
    case LWT_IN:
    case LWT_OUT:
    case LWT_SEG6LOCAL:
    case SK_REUSEPORT:
    case FLOW_DISSECTOR:
    case CGROUP_SKB:
      if (t == AccessType::Write) return false;
      [[fallthrough]];
    case SCHED_CLS:
    case SCHED_ACT:
    case XDP:
    case LWT_XMIT:
    case SK_SKB:
    case SK_MSG:
      if (meta) return meta->pkt_access;
      env.prog.seen_direct_write = true;
      return true;
    case CGROUP_SOCKOPT:
      if (t == AccessType::Write) env.prog.seen_direct_write = true;
      return true;
    default:
      return false;
  }
}

Stop check_packet_access(Env& env, u32 regno, int off, int size, bool zero_size_allowed) {
  const Reg& reg = env.path.cur_regs()[regno];
  if (env.target.has(Feature::pointer_offset_folded)) {  // there the packet is checked as other memory is
    if (reg.u.range < 0) return env.reject(Msg::OutsidePacket, regno);
    return check_mem_region_access(env, regno, off, size, static_cast<u32>(reg.u.range), zero_size_allowed);
  }
  if (reg.smin() < 0) return env.reject(Msg::MinValueNegative, regno);
  const Stop stop = reg.u.range < 0
                        ? Stop::refused(EINVAL)
                        : check_mem_access_raw(env, regno, off, size, static_cast<u32>(reg.u.range), zero_size_allowed);
  if (stop) env.notes.note(Msg::OutsidePacket, regno);
  return stop;
}

Stop check_ptr_alignment(Env& env, const Reg* reg, int off, int size, bool once) {
  bool strict = env.prog.may.strict_alignment || once;
  const char* what = "";
  switch (reg->type) {
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META: {
      constexpr int ip_align = 2;
      if (!strict || size == 1) return go_on;
      Tnum at = tnum_add(reg->var_off(), tnum_const(static_cast<u64>(s64{ip_align + reg->off + off})));
      return tnum_is_aligned(at, static_cast<u64>(size))
                 ? go_on
                 : env.reject(Msg::MisalignedPacket, ip_align, tnum_strn(reg->var_off()), reg->off, off, size);
    }
    case PTR_TO_FLOW_KEYS:
      what = "flow keys ";
      break;
    case PTR_TO_MAP_KEY:
      what = "key ";
      break;
    case PTR_TO_MAP_VALUE:
      what = "value ";
      break;
    case PTR_TO_CTX:
      what = "context ";
      break;
    case PTR_TO_STACK:
      what = "stack ";
      strict = true;
      break;
    case PTR_TO_SOCKET:
      what = "sock ";
      break;
    case PTR_TO_SOCK_COMMON:
      what = "sock_common ";
      break;
    case PTR_TO_TCP_SOCK:
      what = "tcp_sock ";
      break;
    case PTR_TO_XDP_SOCK:
      what = "xdp_sock ";
      break;
    case PTR_TO_ARENA:
      return go_on;
    default:
      break;
  }
  if (!strict || size == 1) return go_on;
  Tnum at = tnum_add(reg->var_off(), tnum_const(static_cast<u64>(s64{reg->off + off})));
  return tnum_is_aligned(at, static_cast<u64>(size))
             ? go_on
             : env.reject(Msg::MisalignedAccess, what, tnum_strn(reg->var_off()), reg->off, off, size,
                          folded_offset(*reg));
}

Stop check_buffer_access(Env& env, const Reg* reg, u32 regno, int off, int size, u32* max_access) {
  if (Stop stop = check_buffer_offset(env, reg->type & MEM_RDONLY ? "rdonly" : "rdwr", reg, regno, off, size))
    return stop;
  *max_access = std::max(*max_access, static_cast<u32>(off + size));
  return go_on;
}

Stop check_tp_buffer_access(Env& env, const Reg* reg, u32 regno, int off, int size) {
  if (Stop stop = check_buffer_offset(env, "tracepoint", reg, regno, off, size)) return stop;
  env.prog.max_tp_access = std::max(env.prog.max_tp_access, static_cast<u32>(off + size));
  return go_on;
}

}  // namespace bpfcheck::sim
