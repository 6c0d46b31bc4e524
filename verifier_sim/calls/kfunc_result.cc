// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kfunc_result.h.
#include "verifier_sim/calls/kfunc_result.h"

#include "verifier_sim/calls/iterator.h"
#include "verifier_sim/calls/kfunc_arg_type.h"
#include "verifier_sim/calls/kfunc_graph.h"
#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/dynptr_slots.h"
#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/memory/record.h"
#include "verifier_sim/search/read_marks.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/reference.h"
#include "verifier_sim/transfer/reg_access.h"

namespace bpfcheck::sim {
namespace {

using btf::Kind;
using enum SpecialKfunc;

constexpr u32 POINTER_SIZE = 8, GLOBAL_PERCPU_MA_MAX_SIZE = 512;

bool is_vmlinux_struct(const Env& env, const KfuncMeta& meta, btf::Type t, std::string_view name) {
  return t.is(Kind::Struct) && t.name() == name &&
         btf_types_are_same(meta.btf, t.id(), env.target.btf.get(), vmlinux_struct_id(env, name));
}
bool is_list_node_type(const Env& env, const KfuncMeta& meta, btf::Type t) {
  return is_vmlinux_struct(env, meta, t, "bpf_list_node");
}
bool is_rbtree_node_type(const Env& env, const KfuncMeta& meta, btf::Type t) {
  return is_vmlinux_struct(env, meta, t, "bpf_rb_node");
}

void set_object(Env& env, u32 type, const btf::Btf* btf, u32 btf_id) {
  Reg* regs = env.path.cur_regs();
  mark_reg_known_zero(regs, 0);
  regs[0].type = type;
  regs[0].u.btf = btf;
  regs[0].u.btf_id = btf_id;
}

Stop set_new_object(Env& env, const KfuncMeta& meta) {
  const bool percpu = meta.is(bpf_percpu_obj_new_impl);
  const u64 value = meta.arg_constant.value;
  if (static_cast<u32>(value) != value) return env.reject(Msg::LocalTypeIdRange);
  const auto id = static_cast<u32>(value);
  const btf::Btf* btf = env.prog.linked.btf.get();
  if (!btf) return env.reject(Msg::ObjNewNeedsBtf);
  btf::Type t = btf->type(id);
  if (!t.is(Kind::Struct)) return env.reject(Msg::ObjNewNotStruct);
  if (percpu && t.size() > GLOBAL_PERCPU_MA_MAX_SIZE)
    return env.reject(Msg::PercpuObjTooLarge, t.size(), GLOBAL_PERCPU_MA_MAX_SIZE);
  if (percpu && !btf_type_is_scalar_struct(env, *btf, t)) return env.reject(Msg::PercpuObjNotScalars);
  if (percpu && btf_find_struct_meta(env, btf, id)) return env.reject(Msg::PercpuObjSpecialFields);
  set_object(env, PTR_TO_BTF_ID | MEM_ALLOC, btf, id);
  if (percpu) env.path.cur_regs()[0].type |= MEM_PERCPU;
  return go_on;
}

Stop set_rdonly_cast(Env& env, const KfuncMeta& meta) {
  const u64 id = meta.arg_constant.value;
  const btf::Btf* btf = meta.btf;
  if (!btf->has(static_cast<u32>(id))) return env.reject(Msg::RdonlyCastUnknownType, static_cast<s64>(id));
  btf::Type t = btf->type(static_cast<u32>(id));
  if (t.is_composite()) {
    set_object(env, PTR_TO_BTF_ID | PTR_UNTRUSTED, btf, t.id());
  } else if (t.is(Kind::Void)) {
    mark_reg_known_zero(env.path.cur_regs(), 0);
    env.path.cur_regs()[0].type = u32{PTR_TO_MEM | MEM_RDONLY} | PTR_UNTRUSTED;
  } else {
    return env.reject(Msg::RdonlyCastNotStruct);
  }
  return go_on;
}

Stop set_dynptr_slice(Env& env, const KfuncMeta& meta) {
  Reg* regs = env.path.cur_regs();
  mark_reg_known_zero(regs, 0);
  if (!meta.arg_constant.found) return env.unsupported("verifier bug: bpf_dynptr_slice without constant size");
  regs[0].u.mem_size = static_cast<u32>(meta.arg_constant.value);
  regs[0].type = PTR_TO_MEM | static_cast<TypeFlag>(get_dynptr_type_flag(meta.initialized_dynptr.type));
  if (meta.is(bpf_dynptr_slice))
    regs[0].type |= MEM_RDONLY;
  else if (!may_access_direct_pkt_data(env, nullptr, AccessType::Write))
    return env.reject(Msg::PacketWritesNotAllowed);
  if (!meta.initialized_dynptr.id) return env.unsupported("verifier bug: no dynptr id");
  regs[0].u.dynptr_id = meta.initialized_dynptr.id;
  return go_on;
}

/// check_special_kfunc: `special` where the function has a rule of its own for its result.
Stop set_special_result(Env& env, KfuncMeta* meta, btf::Type pointee, bool& special) {
  special = meta->btf == env.target.btf.get();
  if (!special) return go_on;
  if (meta->does(kfunc::allocates)) {
    return set_new_object(env, *meta);
  } else if (meta->is(bpf_refcount_acquire_impl)) {
    set_object(env, PTR_TO_BTF_ID | MEM_ALLOC, meta->arg_btf, meta->arg_btf_id);
  } else if (is_list_node_type(env, *meta, pointee)) {
    mark_reg_graph_node(&env.path.cur_regs()[0], *meta->arg_list_head);
  } else if (is_rbtree_node_type(env, *meta, pointee)) {
    mark_reg_graph_node(&env.path.cur_regs()[0], *meta->arg_rbtree_root);
  } else if (meta->is(bpf_cast_to_kern_ctx)) {
    set_object(env, PTR_TO_BTF_ID | PTR_TRUSTED, meta->btf, meta->ret_btf_id);
  } else if (meta->is(bpf_rdonly_cast)) {
    return set_rdonly_cast(env, *meta);
  } else if (meta->does(kfunc::slices)) {
    return set_dynptr_slice(env, *meta);
  } else {
    special = false;
  }
  return go_on;
}

/// Memory of a size that an argument or the pointed-to type gives.
Stop set_memory(Env& env, KfuncMeta* meta, btf::Type pointee) {
  Reg* regs = env.path.cur_regs();
  if (!meta->r0_size)
    if (auto size = meta->btf->size_of(pointee.id()); size && *size) {
      meta->r0_size = *size;
      meta->r0_rdonly = true;
    }
  if (!meta->r0_size)
    return env.reject(Msg::KfuncReturnPointer, meta->func_name, btf_type_str(pointee), pointee.name());
  mark_reg_known_zero(regs, 0);
  regs[0].type = PTR_TO_MEM;
  regs[0].u.mem_size = static_cast<u32>(meta->r0_size);
  if (meta->r0_rdonly) regs[0].type |= MEM_RDONLY;
  if (meta->ref_obj_id) regs[0].ref_obj_id = meta->ref_obj_id;
  if (is_kfunc_rcu_protected(meta)) regs[0].type |= MEM_RCU;
  return go_on;
}

void set_kernel_object(Env& env, const KfuncMeta& meta, btf::Type pointee) {
  set_object(env, PTR_TO_BTF_ID, meta.btf, pointee.id());
  Reg& r0 = env.path.cur_regs()[0];
  if (meta.is(bpf_get_kmem_cache))
    r0.type |= PTR_UNTRUSTED;
  else if (is_kfunc_rcu_protected(&meta))
    r0.type |= MEM_RCU;
  if (is_iter_next_kfunc(&meta))
    r0.type |= get_iter_from_state(env.path.cur_state, &meta)->type & MEM_RCU ? MEM_RCU : PTR_TRUSTED;
}

Stop set_pointer(Env& env, KfuncMeta* meta, btf::Type ptr, int insn_idx) {
  Reg* regs = env.path.cur_regs();
  Reg& r0 = regs[0];
  btf::Type pointee = meta->btf->type(meta->btf->skip_mods_and_typedefs(ptr.type()));
  bool special = false;
  if (Stop stop = set_special_result(env, meta, pointee, special)) return stop;
  if (!special) {
    if (pointee.is(Kind::Void))
      mark_reg_unknown(env.prog.may, regs, 0);
    else if (pointee.is(Kind::Struct))
      set_kernel_object(env, *meta, pointee);
    else if (Stop stop = set_memory(env, meta, pointee))
      return stop;
  }
  if (is_kfunc_ret_null(meta)) {
    r0.type |= PTR_MAYBE_NULL;
    r0.id = env.path.new_id();
  }
  mark_btf_func_reg_size(env, 0, POINTER_SIZE);
  if (is_kfunc_acquire(meta)) {
    const auto id = acquire_reference(env.path, insn_idx);
    if (is_kfunc_ret_null(meta)) r0.id = id;
    r0.ref_obj_id = id;
  } else if (is_rbtree_node_type(env, *meta, pointee) || is_list_node_type(env, *meta, pointee)) {
    if (Stop stop = ref_set_non_owning(env, &r0)) return stop;
  }
  if (reg_may_point_to_spin_lock(env, &r0) && !r0.id) r0.id = env.path.new_id();
  return go_on;
}

}  // namespace

void mark_btf_func_reg_size(Env& env, u32 regno, u32 size) {
  if (!env.laws.search.read_marks()) return;
  if (regno == 0)
    mark_written(*env.path.cur_func(), 0);
  else
    mark_read(env, *env.path.cur_func(), regno, size == sizeof(u64) ? ReadMark::Read64 : ReadMark::Read32);
}

Stop set_kfunc_result(Env& env, KfuncMeta* meta, int insn_idx) {
  Reg* regs = env.path.cur_regs();
  const btf::Btf& btf = *meta->btf;
  btf::Type t = btf.type(btf.skip_mods_and_typedefs(meta->func_proto().type()));
  const bool struct_ptr = t.is(Kind::Ptr) && btf.type(btf.skip_mods_and_typedefs(t.type())).is_composite();
  if (is_kfunc_acquire(meta) && !struct_ptr && !meta->does(kfunc::allocates) && !meta->is(bpf_refcount_acquire_impl))
    return env.reject(Msg::KfuncAcquireNoBtfId);
  if (t.is(Kind::Int) || t.is(Kind::Enum)) {
    mark_reg_unknown(env.prog.may, regs, 0);
    if (meta->does(kfunc::locks)) mark_reg_const_zero_raw(env.prog.may, &regs[0]);
    mark_btf_func_reg_size(env, 0, t.size());
  } else if (t.is(Kind::Ptr)) {
    return set_pointer(env, meta, t, insn_idx);
  }
  return go_on;
}

}  // namespace bpfcheck::sim
