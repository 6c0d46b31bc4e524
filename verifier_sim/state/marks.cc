// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See marks.h.
#include "verifier_sim/state/marks.h"

#include <bit>

namespace bpfcheck::sim {

void mark_reg_known_raw(Reg* reg, u64 imm) {
  reg->off = 0;
  reg->u = {};
  reg->id = reg->ref_obj_id = 0;
  reg->set_known(imm);
}
void mark_reg_const_zero_raw(const Privileges& may, Reg* reg) {
  mark_reg_known_raw(reg, 0);
  reg->type = SCALAR_VALUE;
  reg->precise = !may.bpf_capable;
}
void mark_reg_known_zero(Reg* regs, u32 regno) { mark_reg_known_raw(&regs[regno], 0); }
void mark_reg_unknown_imprecise(Reg* reg) {
  reg->type = SCALAR_VALUE;
  reg->off = 0;
  reg->u = {};
  reg->id = reg->ref_obj_id = reg->frameno = 0;
  reg->precise = false;
  reg->set_unknown();
}
void mark_reg_unknown_raw(const Privileges& may, Reg* reg) {
  mark_reg_unknown_imprecise(reg);
  reg->precise = !may.bpf_capable;
}
void mark_reg_unknown(const Privileges& may, Reg* regs, u32 regno) { mark_reg_unknown_raw(may, &regs[regno]); }
void mark_reg_not_init_raw(const Privileges& may, Reg* reg) {
  mark_reg_unknown_raw(may, reg);
  reg->type = NOT_INIT;
}
void mark_reg_not_init(const Privileges& may, Reg* regs, u32 regno) { mark_reg_not_init_raw(may, &regs[regno]); }

void mark_ptr_not_null_reg(Reg* reg) {
  if (reg->base() != PTR_TO_MAP_VALUE) {
    reg->type &= ~static_cast<u32>(PTR_MAYBE_NULL);
    return;
  }
  const Map* map = reg->u.map;
  if (map->inner) {
    reg->type = CONST_PTR_TO_MAP;
    reg->u.map = map->inner.get();
    if (map->inner->record && map->inner->record->has(FIELD_TIMER | FIELD_WORKQUEUE | FIELD_TASK_WORK))
      reg->u.map_uid = reg->id;
  } else if (map->def->type == MapType::XSKMAP) {
    reg->type = PTR_TO_XDP_SOCK;
  } else if (map->def->type == MapType::SOCKMAP || map->def->type == MapType::SOCKHASH) {
    reg->type = PTR_TO_SOCKET;
  } else {
    reg->type = PTR_TO_MAP_VALUE;
  }
}

void init_func_state(const Privileges& may, Frame* frame, int callsite, u32 frameno, u32 subprogno) {
  frame->callsite = callsite;
  frame->frameno = frameno;
  frame->subprogno = subprogno;
  frame->callback_ret_range = {0, 0};
  for (u32 i = 0; i < bpf::MAX_REG; i++) mark_reg_not_init_raw(may, &frame->regs[i]);
  Reg* fp = &frame->regs[bpf::REG_FP];
  fp->type = PTR_TO_STACK;
  mark_reg_known_raw(fp, 0);
  fp->frameno = frameno;
}

bool is_trusted_reg(const Reg* reg) {
  if (reg->ref_obj_id) return true;
  constexpr u32 trusted = MEM_ALLOC | PTR_TRUSTED | NON_OWN_REF;
  if (reg->base() == PTR_TO_SOCKET || reg->base() == PTR_TO_TCP_SOCK || reg->base() == PTR_TO_SOCK_COMMON ||
      reg->base() == PTR_TO_XDP_SOCK) {
    if (!(reg->flags() & ~trusted)) return true;
  }
  if (reg->base() == CONST_PTR_TO_MAP) return !(reg->flags() & ~trusted);
  return (reg->flags() & trusted) && !(reg->flags() & ~trusted);
}

Scalar folded(const Ranges& ranges, const Reg& ptr) {
  if (!ptr.off) return ptr;
  Scalar off, at;
  off.set_known(static_cast<u64>(s64{ptr.off}));
  if (ptr.var_off().equals_const(0)) return off;
  at.set_unknown();
  ranges.displace(at, ptr, off, false);
  ranges.settle(at);
  return at;
}

bool reg_not_null(const Target& target, const Reg* reg) {
  if (reg->maybe_null()) return false;
  constexpr s64 most = MAX_VAR_OFF;
  if (target.has(Feature::bounded_not_null) && (reg->smin() <= -most - reg->off || reg->smax() >= most - reg->off))
    return false;
  switch (reg->base()) {
    case PTR_TO_SOCKET:
    case PTR_TO_TCP_SOCK:
    case PTR_TO_MAP_VALUE:
    case PTR_TO_MAP_KEY:
    case PTR_TO_SOCK_COMMON:
      return true;
    case CONST_PTR_TO_MAP:
      return target.has(Feature::maps_not_null);
    case PTR_TO_XDP_SOCK:
    case PTR_TO_BUF:
      return target.has(Feature::equal_not_null);
    case PTR_TO_BTF_ID:
      return target.has(Feature::objects_not_null) && is_trusted_reg(reg);
    case PTR_TO_MEM:
      return target.has(Feature::memory_not_null) && !(reg->type & PTR_UNTRUSTED);
    default:
      return false;
  }
}

void assign_scalar_id_before_mov(Path& path, Reg* src) {
  if (src->type != SCALAR_VALUE) return;
  if (src->id & ADD_CONST) src->id = 0, src->off = 0;
  if (!src->id && !src->is_const()) src->id = path.new_id();
}

int get_reg_width(const Reg* reg) { return 64 - std::countl_zero(reg->umax()); }

}  // namespace bpfcheck::sim
