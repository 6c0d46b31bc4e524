// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See access.h.
#include "verifier_sim/memory/access.h"

#include "verifier_sim/memory/bounds_check.h"
#include "verifier_sim/memory/btf_ptr.h"
#include "verifier_sim/memory/ctx.h"
#include "verifier_sim/memory/ctx_field.h"
#include "verifier_sim/memory/kptr.h"
#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/memory/stack.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/program/retval_range.h"
#include "verifier_sim/search/backtrack.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

struct Access {
  Env& env;
  u32 insn_idx;
  u32 regno;
  Reg* reg;
  int off;  ///< the register's fixed offset included
  int size;
  AccessType type;
  int value_regno;
  bool is_ldsx;

  bool reads_into_reg() const { return type == AccessType::Read && value_regno >= 0; }
  bool writes() const { return type == AccessType::Write; }
  bool leaks() const { return writes() && value_regno >= 0 && is_pointer_value(env, static_cast<u32>(value_regno)); }
  Stop leak(const char* where) const { return env.reject(Msg::LeaksAddr, value_regno, where); }
  void forget_value() const { mark_reg_unknown(env.prog.may, env.path.cur_regs(), static_cast<u32>(value_regno)); }
};

Stop access_map_value(const Access& a) {
  Env& env = a.env;
  if (a.leaks()) return a.leak("map");
  if (Stop stop = check_map_access_type(env, a.regno, a.off, a.size, a.type)) return stop;
  if (Stop stop = check_map_access(env, a.regno, a.off, a.size, false, true)) return stop;
  if (a.reg->is_const() && a.reg->u.map->record)
    if (const Field* f = a.reg->u.map->record->find(static_cast<u32>(a.off) + static_cast<u32>(a.reg->var_off().value),
                                                    FIELD_KPTR | FIELD_UPTR))
      return check_map_kptr_access(env, a.value_regno, a.insn_idx, *f);
  if (!a.reads_into_reg()) return go_on;
  const s64 at = a.off + static_cast<s32>(a.reg->var_off().value);
  const auto val =
      a.reg->is_const() ? map_direct_read(*a.reg->u.map, env.target.arch, at, a.size, a.is_ldsx) : std::nullopt;
  if (val) {
    Reg* dst = &env.path.cur_regs()[a.value_regno];
    dst->type = SCALAR_VALUE;
    mark_reg_known_raw(dst, *val);
  } else {
    a.forget_value();
  }
  return go_on;
}

Stop access_mem(const Access& a) {
  const bool rdonly = a.reg->type & MEM_RDONLY;
  if (a.reg->maybe_null()) return a.env.reject(Msg::InvalidMemAccess, a.regno, reg_type_str(a.reg->type));
  if (a.writes() && rdonly) return a.env.reject(Msg::CannotWriteInto, a.regno, reg_type_str(a.reg->type));
  if (a.leaks()) return a.leak("mem");
  if (!(rdonly && (a.reg->type & PTR_UNTRUSTED)))
    if (Stop stop = check_mem_region_access(a.env, a.regno, a.off, a.size, a.reg->u.mem_size, false)) return stop;
  if (a.value_regno >= 0 && (a.type == AccessType::Read || rdonly)) a.forget_value();
  return go_on;
}

Stop access_ctx(const Access& a) {
  Env& env = a.env;
  if (a.leaks()) return a.leak("ctx");
  const bool plain = !ctx_is_converted(env) && env.target.has(Feature::plain_ctx_moved);
  if (Stop stop = check_ptr_off_reg_raw(env, a.reg, a.regno, plain)) return stop;
  CtxAccess info;
  info.is_ldsx = a.is_ldsx;
  if (Stop stop = check_ctx_access(env, a.insn_idx, a.off, a.size, a.type, &info)) {
    if (env.notes.watched()) env.notes.observer->on_source_line(env, a.insn_idx);
    return stop;
  }
  if (!a.reads_into_reg()) return go_on;
  Reg* dst = &env.path.cur_regs()[a.value_regno];
  if (info.reg_type == SCALAR_VALUE) {
    RetvalRange range;
    if (!info.is_retval || !get_func_retval_range(env.prog, &range))
      a.forget_value();
    else if (Stop stop =
                 mark_reg_s32_range(env, env.path.cur_regs(), static_cast<u32>(a.value_regno), range.min, range.max))
      return stop;
  } else {
    mark_reg_known_zero(env.path.cur_regs(), static_cast<u32>(a.value_regno));
    if (info.reg_type & PTR_MAYBE_NULL) dst->id = env.path.new_id();
    if (base_type(info.reg_type) == PTR_TO_BTF_ID) {
      dst->u.btf = info.btf;
      dst->u.btf_id = info.btf_id;
      dst->ref_obj_id = info.ref_obj_id;
    }
  }
  dst->type = info.reg_type;
  return go_on;
}

Stop access_stack(const Access& a) {
  if (Stop stop = check_stack_access_within_bounds(a.env, a.regno, a.off, a.size, a.type)) return stop;
  if (a.writes()) return check_stack_write(a.env, a.regno, a.off, a.size, a.value_regno, a.insn_idx);
  return check_stack_read(a.env, a.regno, a.off, a.size, a.value_regno);
}

Stop access_packet(const Access& a) {
  if (a.writes() && !may_access_direct_pkt_data(a.env, nullptr, a.type)) return a.env.reject(Msg::CannotWritePacket);
  if (a.leaks()) return a.leak("packet");
  Stop stop = check_packet_access(a.env, a.regno, a.off, a.size, false);
  if (!stop && a.reads_into_reg()) a.forget_value();
  return stop;
}

Stop access_flow_keys(const Access& a) {
  if (a.leaks()) return a.leak("flow keys");
  if (a.off < 0 || static_cast<u32>(a.off + a.size) > flow_keys_size(a.env.target))
    return a.env.reject(Msg::InvalidFlowKeysAccess, a.off, a.size);
  if (a.reads_into_reg()) a.forget_value();
  return go_on;
}

Stop access_sock(const Access& a) {
  if (a.writes()) return a.env.reject(Msg::CannotWriteInto, a.regno, reg_type_str(a.reg->type));
  if (Stop stop = check_sock_access(a.env, a.insn_idx, a.regno, a.off, a.size, a.type)) return stop;
  if (a.value_regno >= 0) a.forget_value();
  return go_on;
}

Stop access_buf(const Access& a) {
  const bool rdonly = a.reg->type & MEM_RDONLY;
  if (rdonly && a.writes()) return a.env.reject(Msg::CannotWriteInto, a.regno, reg_type_str(a.reg->type));
  Stop stop = check_buffer_access(a.env, a.reg, a.regno, a.off, a.size,
                                  rdonly ? &a.env.prog.max_rdonly_access : &a.env.prog.max_rdwr_access);
  if (!stop && a.value_regno >= 0 && (rdonly || a.type == AccessType::Read)) a.forget_value();
  return stop;
}

Stop access_by_kind(const Access& a) {
  Env& env = a.env;
  const u32 type = a.reg->type;
  if (type == PTR_TO_MAP_KEY) {
    if (a.writes()) return env.reject(Msg::WriteToMapKey, a.regno);
    if (Stop stop = check_mem_region_access(env, a.regno, a.off, a.size, a.reg->u.map->def->key_size, false))
      return stop;
    if (a.value_regno >= 0) a.forget_value();
    return go_on;
  }
  if (type == PTR_TO_MAP_VALUE) return access_map_value(a);
  if (base_type(type) == PTR_TO_MEM) return access_mem(a);
  if (type == PTR_TO_CTX) return access_ctx(a);
  if (type == PTR_TO_STACK) return access_stack(a);
  if (a.reg->is_pkt()) return access_packet(a);
  if (type == PTR_TO_FLOW_KEYS) return access_flow_keys(a);
  if (type_is_sk_pointer(type)) return access_sock(a);
  if (type == PTR_TO_TP_BUFFER) {
    if (Stop stop = check_tp_buffer_access(env, a.reg, a.regno, a.off, a.size)) return stop;
    if (a.reads_into_reg()) a.forget_value();
    return go_on;
  }
  if (base_type(type) == PTR_TO_BTF_ID && !(type & PTR_MAYBE_NULL))
    return check_ptr_to_btf_access(env, env.path.cur_regs(), a.regno, a.off, a.size, a.type, a.value_regno);
  if (type == CONST_PTR_TO_MAP)
    return check_ptr_to_map_access(env, env.path.cur_regs(), a.regno, a.off, a.size, a.type, a.value_regno);
  if (base_type(type) == PTR_TO_BUF && (!(type & PTR_MAYBE_NULL) || !env.target.has(Feature::null_buffer_checked)))
    return access_buf(a);
  if (type == PTR_TO_ARENA) {
    if (a.reads_into_reg()) a.forget_value();
    return go_on;
  }
  return env.reject(Msg::InvalidMemAccess, a.regno, reg_type_str(type));
}

}  // namespace

Stop check_mem_access(Env& env, int insn_idx, u32 regno, int off, u8 bpf_size, AccessType t, int value_regno,
                      bool strict_alignment_once, bool is_ldsx) {
  Reg* reg = &env.path.cur_regs()[regno];
  const int size = bpf::bytes_of(bpf_size);
  if (Stop stop = check_ptr_alignment(env, reg, off, size, strict_alignment_once)) return stop;
  if (Stop stop =
          access_by_kind({env, static_cast<u32>(insn_idx), regno, reg, off + reg->off, size, t, value_regno, is_ldsx}))
    return stop;
  if (size < bpf::REG_SIZE && value_regno >= 0 && t == AccessType::Read &&
      env.path.cur_regs()[value_regno].type == SCALAR_VALUE) {
    Reg& dst = env.path.cur_regs()[value_regno];
    if (is_ldsx)
      env.laws.ranges->sign_extend(dst, size);
    else
      env.laws.ranges->truncate(dst, size);
  }
  return go_on;
}

Stop check_helper_mem_access(Env& env, u32 regno, int access_size, AccessType t, bool zero_size_allowed,
                             CallMeta* meta) {
  Reg* reg = &env.path.cur_regs()[regno];
  const bool rdonly = reg->type & MEM_RDONLY;
  auto unexpected = [&]() -> Stop {
    if (zero_size_allowed && access_size == 0 && reg->is_null()) return go_on;
    return env.reject(Msg::TypeExpected, regno, reg_type_str(reg->type), reg_type_str(PTR_TO_STACK));
  };
  switch (reg->base()) {
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META:
      return check_packet_access(env, regno, reg->off, access_size, zero_size_allowed);
    case PTR_TO_MAP_KEY:
      if (t == AccessType::Write) return env.reject(Msg::CannotWriteInto, regno, reg_type_str(reg->type));
      return check_mem_region_access(env, regno, reg->off, access_size, reg->u.map->def->key_size, false);
    case PTR_TO_MAP_VALUE:
      if (check_map_access_type(env, regno, reg->off, access_size, t)) return Stop::refused(EACCES);
      return check_map_access(env, regno, reg->off, access_size, zero_size_allowed, false);
    case PTR_TO_MEM:
      if (rdonly && t == AccessType::Write) return env.reject(Msg::CannotWriteInto, regno, reg_type_str(reg->type));
      return check_mem_region_access(env, regno, reg->off, access_size, reg->u.mem_size, zero_size_allowed);
    case PTR_TO_BUF:
      if (rdonly && t == AccessType::Write) return env.reject(Msg::CannotWriteInto, regno, reg_type_str(reg->type));
      return check_buffer_access(env, reg, regno, reg->off, access_size,
                                 rdonly ? &env.prog.max_rdonly_access : &env.prog.max_rdwr_access);
    case PTR_TO_STACK:
      return check_stack_range_initialized(env, regno, reg->off, access_size, zero_size_allowed,
                                           env.target.has(Feature::helper_reads_keep_stack) ? t : AccessType::Write,
                                           meta);
    case PTR_TO_BTF_ID:
      if (env.laws.rules.objects_as_memory)
        return check_ptr_to_btf_access(env, env.path.cur_regs(), regno, reg->off, access_size, AccessType::Read, -1);
      return unexpected();
    case PTR_TO_CTX:
      if (!env.target.has(Feature::ctx_as_memory)) return unexpected();
      // Contexts that are plain memory may be handed on; the others are rewritten access by access.
      if (env.prog.type == ProgType::SYSCALL) {
        if (access_size == 0) return zero_size_allowed ? go_on : Stop::refused(EACCES);
        return check_mem_access(env, static_cast<int>(env.path.insn_idx), regno, access_size - 1, bpf::B, t, -1, false,
                                false);
      }
      if (!ctx_is_converted(env)) {
        if (access_size == 0) return zero_size_allowed ? go_on : Stop::refused(EACCES);
        return check_mem_access(env, static_cast<int>(env.path.insn_idx), regno, access_size - 1, bpf::B, t, -1, false,
                                false);
      }
      [[fallthrough]];
    default:
      return unexpected();
  }
}

Stop check_mem_size_reg(Env& env, const Reg* reg, u32 regno, AccessType t, bool zero_size_allowed, CallMeta* meta) {
  meta->msize_max_value = reg->umax();
  CallMeta* known = reg->is_const() ? meta : nullptr;
  if (!known && !env.laws.rules.helper_writes_flagged) t = AccessType::Read;
  if (reg->smin() < 0) return env.reject(Msg::SizeMinNegative, regno);
  if (reg->umin() == 0 && !env.target.has(Feature::zero_sizes_refused))
    if (Stop stop = check_helper_mem_access(env, regno - 1, 0, t, zero_size_allowed, known)) return stop;
  if (reg->umin() == 0 && !zero_size_allowed)
    return env.reject(Msg::SizeZero, regno, static_cast<s64>(reg->umin()), static_cast<s64>(reg->umax()));
  if (reg->umax() >= MAX_VAR_SIZ) return env.reject(Msg::SizeUnbounded, regno);
  if (Stop stop = check_helper_mem_access(env, regno - 1, static_cast<int>(reg->umax()), t, zero_size_allowed, known))
    return stop;
  return mark_chain_precision(env, static_cast<int>(regno));
}

Stop check_mem_reg(Env& env, Reg* reg, u32 regno, u32 mem_size) {
  if (reg->is_null()) return go_on;
  const Reg saved = *reg;
  if (saved.maybe_null()) mark_ptr_not_null_reg(reg);
  Stop stop = check_helper_mem_access(env, regno, static_cast<int>(mem_size), AccessType::Read, true, nullptr);
  if (!stop && env.target.has(Feature::memory_args_written))
    stop = check_helper_mem_access(env, regno, static_cast<int>(mem_size), AccessType::Write, true, nullptr);
  if (saved.maybe_null()) *reg = saved;
  return stop;
}

}  // namespace bpfcheck::sim
