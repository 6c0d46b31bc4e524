// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See btf_ptr.h.
#include "verifier_sim/memory/btf_ptr.h"

#include <algorithm>

#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/btf_write.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

struct MapStruct {
  MapType type;
  std::string_view name;
};
constexpr MapStruct map_structs[] = {
#define MAP_STRUCT(type, name) {MapType::type, #name},
#include "kernel_db/map_structs.def"
#undef MAP_STRUCT
};

/// The program may look at this place of the object at all.
Stop check_place(Env& env, const Reg& reg, u32 regno, int off) {
  const std::string_view name = btf_type_name(reg.u.btf, reg.u.btf_id);
  if (!env.prog.may.allow_ptr_leaks) return env.reject(Msg::BtfAccessNeedsCaps, name);
  if (!env.prog.linked.gpl_compatible && btf_is_kernel(env, reg.u.btf) && env.target.has(Feature::kernel_objects_gpl))
    return env.reject(Msg::BtfAccessNeedsGpl, name);
  if (off < 0) return env.reject(Msg::BtfNegativeAccess, regno, name, off);
  if (!reg.is_const() || reg.var_off().value)
    return env.reject(Msg::BtfVariableOffset, regno, name, off, tnum_strn(reg.var_off()));
  if (reg.type & MEM_USER) return env.reject(Msg::BtfUserMemory, regno, name, off);
  if (reg.type & MEM_PERCPU) return env.reject(Msg::BtfPercpuMemory, regno, name, off);
  return go_on;
}

/// How far a pointer that was loaded from `reg`'s object may be trusted: the flags it gets.
u32 trust_of_loaded(const Env& env, const Reg& reg, const BtfField& f) {
  constexpr u32 trusted = MEM_ALLOC | PTR_TRUSTED | NON_OWN_REF;  // BPF_REG_TRUSTED_MODIFIERS
  const u32 untrusted_flag = f.flag & ~(trusted | MEM_RCU);       // clear_trusted_flags
  auto listed = [&](std::string_view suffix) { return btf_nested_type_is_trusted(&reg, f.name, f.btf_id, suffix); };
  if (!env.target.has(Feature::trusted_pointers))
    return (f.flag & (MEM_USER | MEM_PERCPU)) | (reg.type & PTR_UNTRUSTED);
  if (reg.type & PTR_UNTRUSTED) return PTR_UNTRUSTED;
  // A pointer without any modifier: what it leads to may be walked as of old, and faults are caught.
  if (!is_trusted_reg(&reg) && !is_rcu_reg(&reg)) return untrusted_flag;
  if (listed("__safe_trusted")) return f.flag | PTR_TRUSTED;
  if (listed("__safe_trusted_or_null")) return f.flag | PTR_TRUSTED | PTR_MAYBE_NULL;
  if (!in_rcu_cs(env) || reg.maybe_null()) return PTR_UNTRUSTED;
  if (listed("__safe_rcu")) return f.flag | MEM_RCU;
  if (listed("__safe_rcu_or_null")) return (f.flag | MEM_RCU | PTR_MAYBE_NULL) & ~static_cast<u32>(PTR_UNTRUSTED);
  if (f.flag & MEM_RCU) return f.flag | PTR_MAYBE_NULL;
  return f.flag & (MEM_PERCPU | MEM_USER) ? f.flag : untrusted_flag;
}

}  // namespace

void lose_rcu(Env& env) {
  constexpr u32 spills_and_iterators = 1u << static_cast<u32>(SlotType::Spill) | 1u << static_cast<u32>(SlotType::Iter);
  u32 lost = MEM_RCU | PTR_MAYBE_NULL;
  if (env.laws.rules.rcu_by_any_section) lost |= NON_OWN_REF;
  env.path.cur_state->for_each_reg([](const Reg& reg) { return (reg.type & MEM_RCU) != 0; },
                                   [&](Reg& reg) {
                                     reg.type &= ~lost;
                                     reg.type |= PTR_UNTRUSTED;
                                   },
                                   spills_and_iterators);
}

Stop check_ptr_to_btf_access(Env& env, Reg* regs, u32 regno, int off, int size, AccessType t, int value_regno) {
  const Reg& reg = regs[regno];
  if (Stop stop = check_place(env, reg, regno, off)) return stop;
  const bool alloc = reg.type & MEM_ALLOC;
  BtfField field;
  if (t == AccessType::Write && (reg.type & PTR_UNTRUSTED) && env.target.has(Feature::untrusted_read_only))
    return env.reject(Msg::BtfReadOnly);
  if (t == AccessType::Write && !alloc)
    return has_object_writes(env) ? check_object_write(env, reg, off, size) : env.reject(Msg::BtfReadOnly);
  // The kernel calls this its own mistake; an object is left so by the end of the RCU critical section that protected
  // it.
  if (alloc && !(reg.type & (NON_OWN_REF | MEM_RCU)) && !reg.ref_obj_id)
    return env.reject(Msg::AllocatedWithoutReference);
  const Expected<RegType> kind = btf_struct_access(env, &reg, off, size, &field);
  if (!kind) return kind.error();
  if (*kind == PTR_TO_BTF_ID) field.flag = trust_of_loaded(env, reg, field);
  if (t != AccessType::Read || value_regno < 0) return go_on;
  const btf::Btf* btf = reg.u.btf;  // `reg` may be the register that is loaded
  return mark_btf_ld_reg(env, regs, static_cast<u32>(value_regno), *kind, btf, field.btf_id, field.flag);
}

Stop check_ptr_to_map_access(Env& env, Reg* regs, u32 regno, int off, int size, AccessType t, int value_regno) {
  const MapType type = regs[regno].u.map->def->type;
  auto row = std::ranges::find(map_structs, type, &MapStruct::type);
  const u32 id = row == std::end(map_structs) ? 0 : vmlinux_struct_id(env, row->name);
  if (!id) return env.reject(Msg::MapPtrAccessType, static_cast<u32>(type));
  if (!env.prog.may.allow_ptr_leaks) return env.reject(Msg::BtfAccessNeedsCaps, row->name);
  if (off < 0) return env.reject(Msg::MapPtrNegativeAccess, regno, row->name, off);
  if (t != AccessType::Read) return env.reject(Msg::MapPtrReadOnly, row->name);
  const btf::Btf* vmlinux = env.target.btf.get();
  Reg map_reg;
  map_reg.type = PTR_TO_BTF_ID;
  map_reg.u.btf = vmlinux;
  map_reg.u.btf_id = id;
  BtfField field;
  const Expected<RegType> kind = btf_struct_access(env, &map_reg, off, size, &field);
  if (!kind) return kind.error();
  if (value_regno < 0) return go_on;
  return mark_btf_ld_reg(env, regs, static_cast<u32>(value_regno), *kind, vmlinux, field.btf_id, field.flag);
}

Stop mark_btf_ld_reg(Env& env, Reg* regs, u32 regno, u32 reg_type, const btf::Btf* btf, u32 btf_id, u32 flag) {
  switch (reg_type) {
    case SCALAR_VALUE:
      mark_reg_unknown(env.prog.may, regs, regno);
      return go_on;
    case PTR_TO_BTF_ID:
      mark_reg_known_zero(regs, regno);
      regs[regno].type = PTR_TO_BTF_ID | flag;
      regs[regno].u.btf = btf;
      regs[regno].u.btf_id = btf_id;
      if (flag & PTR_MAYBE_NULL) regs[regno].id = env.path.new_id();
      return go_on;
    case PTR_TO_MEM:
      mark_reg_known_zero(regs, regno);
      regs[regno].type = PTR_TO_MEM | flag;
      regs[regno].u.mem_size = 0;
      return go_on;
    default:
      return env.unsupported("verifier bug: unexpected register type of a BTF load");
  }
}

}  // namespace bpfcheck::sim
