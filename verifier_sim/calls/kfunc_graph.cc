// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kfunc_graph.h.
#include "verifier_sim/calls/kfunc_graph.h"

#include <algorithm>

#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/record.h"
#include "verifier_sim/program/kfunc_desc.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/state/reference.h"

namespace bpfcheck::sim {
namespace {

using enum SpecialKfunc;

constexpr u32 allocated = PTR_TO_BTF_ID | MEM_ALLOC;

/// The lock that guards a collection lies in the same map value or object as the collection.
Stop check_reg_allocation_locked(Env& env, const Reg* reg) {
  const void* ptr = reg->type == PTR_TO_MAP_VALUE ? static_cast<const void*>(reg->u.map) : reg->u.btf;
  if (!env.path.cur_state->active_locks) return Stop::refused(EINVAL);
  return find_lock_state(*env.path.cur_state, ref_lock_mask, reg->id, ptr) ? go_on
                                                                           : env.reject(Msg::LockInOtherAllocation);
}

/// A collection is in a map value, or in an object that the program owns.
Stop check_root_pointer(Env& env, const Reg* reg, u32 argno) {
  if (reg->type != PTR_TO_MAP_VALUE && reg->type != allocated) return env.reject(Msg::GraphRootPointer, argno);
  return reg->type == allocated && !reg->ref_obj_id ? env.reject(Msg::AllocatedNotReferenced) : go_on;
}

Stop check_owned(Env& env, const Reg* reg, u32 argno) {
  if (reg->type != allocated) return env.reject(Msg::GraphNodePointer, argno);
  return reg->ref_obj_id ? go_on : env.reject(Msg::AllocatedNotReferenced);
}

/// What a collection takes is owned; what a tree gives or looks at may be owned by the tree.
Stop check_node_pointer(Env& env, const Reg* reg, u32 argno, const KfuncMeta& meta, FieldType node) {
  if (node == FIELD_LIST_NODE || meta.is(bpf_rbtree_add_impl)) return check_owned(env, reg, argno);
  const bool fits = env.target.has(Feature::refcounted_nodes) ? (reg->type & NON_OWN_REF) || reg->ref_obj_id
                                                              : (reg->type & NON_OWN_REF) && !reg->ref_obj_id;
  if (!fits) return env.reject(Msg::RbNodeOwnership, meta.func_name);
  return in_rbtree_lock_required_cb(env) ? env.reject(Msg::RbNodeInCallback, meta.func_name) : go_on;
}

const Field*& root_of(KfuncMeta* meta, bool list) { return list ? meta->arg_list_head : meta->arg_rbtree_root; }

}  // namespace

bool in_rbtree_lock_required_cb(const Env& env) {
  const State& st = *env.path.cur_state;
  const u32 outermost = env.target.has(Feature::rbtree_callbacks_nested) ? 1 : st.curframe;
  for (u32 f = st.curframe; f && f >= outermost; f--) {
    const Frame& frame = *st.frame[f];
    const Insn& call = env.prog.insns[static_cast<u32>(frame.callsite)];
    if (frame.in_callback_fn && kfunc::does(special_kfunc_of(env.prog, &call), kfunc::of_tree)) return true;
  }
  return false;
}

Stop process_kf_arg_alloc_btf_id(Env& env, Reg* reg, u32 argno, KfuncMeta* meta) {
  if (reg->type == allocated) {
    if (!meta->is(bpf_obj_drop_impl)) return env.reject(Msg::DropExpected, argno, "bpf_obj_drop_impl");
  } else if (reg->type == (allocated | MEM_PERCPU)) {
    if (!meta->is(bpf_percpu_obj_drop_impl)) return env.reject(Msg::DropExpected, argno, "bpf_percpu_obj_drop_impl");
  } else {
    return env.reject(Msg::GraphNodePointer, argno);
  }
  if (!reg->ref_obj_id) return env.reject(Msg::AllocatedNotReferenced);
  if (meta->btf != env.target.btf.get()) return go_on;
  meta->arg_btf = reg->u.btf;
  meta->arg_btf_id = reg->u.btf_id;
  return go_on;
}

Stop process_kf_arg_refcounted_kptr(Env& env, Reg* reg, u32 argno, KfuncMeta* meta) {
  if (reg->base() != PTR_TO_BTF_ID || !(reg->type & MEM_ALLOC)) return env.reject(Msg::RefcountNotAllocated, argno);
  if (!(reg->type & NON_OWN_REF) && (reg->ref_obj_id || !env.target.has(Feature::borrowed_may_be_gone)))
    meta->arg_owning_ref = true;
  const Record* rec = reg_btf_record(env, reg);
  if (!rec) return env.reject(Msg::RefcountNoRecord);
  if (rec->refcount_off < 0) return env.reject(Msg::RefcountMissing, argno);
  meta->arg_btf = reg->u.btf;
  meta->arg_btf_id = reg->u.btf_id;
  return go_on;
}

Stop process_kf_arg_ptr_to_graph_root(Env& env, Reg* reg, u32 regno, KfuncMeta* meta, FieldType root) {
  if (Stop stop = check_root_pointer(env, reg, regno - 1)) return stop;
  const bool list = root == FIELD_LIST_HEAD;
  const bool known = meta->does(list ? kfunc::of_list : kfunc::of_tree);
  if (!known) return env.unsupported("verifier bug: head argument for unknown kfunc");
  const char* name = btf_field_type_name(root);
  if (!reg->is_const()) return env.reject(Msg::GraphOffsetNotConst, regno, name);
  const Record* rec = reg_btf_record(env, reg);
  const u32 off = static_cast<u32>(reg->off) + static_cast<u32>(reg->var_off().value);
  const Field* field = rec ? rec->find(off, root) : nullptr;
  if (!field) return env.reject(Msg::GraphFieldNotFound, name, off);
  // A record without a bpf_spin_lock (its lock is a bpf_res_spin_lock) has -EINVAL for the place of one.
  const s32 lock_at = rec->spin_lock_off < 0 ? -EINVAL : rec->spin_lock_off;
  if (check_reg_allocation_locked(env, reg)) return env.reject(Msg::GraphLockNotHeld, lock_at, name);
  if (root_of(meta, list)) return env.unsupported("verifier bug: repeating head argument");
  root_of(meta, list) = field;
  return go_on;
}

Stop process_kf_arg_ptr_to_graph_node(Env& env, Reg* reg, u32 regno, KfuncMeta* meta, FieldType node) {
  if (Stop stop = check_node_pointer(env, reg, regno - 1, *meta, node)) return stop;
  const bool list = node == FIELD_LIST_NODE;
  const Field* root = root_of(meta, list);
  if (!root) return env.unsupported("verifier bug: node argument without head");
  const char* name = btf_field_type_name(node);
  if (!reg->is_const()) return env.reject(Msg::GraphOffsetNotConst, regno, name);
  const u32 off = static_cast<u32>(reg->off) + static_cast<u32>(reg->var_off().value);
  if (!reg_find_field_offset(env, reg, static_cast<s32>(off), node))
    return env.reject(Msg::GraphFieldNotFound, name, off);
  const std::string_view expected = root->btf->type(root->value_btf_id).name();
  if (!btf_struct_ids_match(env, reg->u.btf, reg->u.btf_id, 0, root->btf, root->value_btf_id, true))
    return env.reject(Msg::GraphNodeOfOtherType, btf_field_type_name(root->type), name, root->node_offset, expected,
                      off, reg->u.btf->type(reg->u.btf_id).name());
  meta->arg_btf = reg->u.btf;
  meta->arg_btf_id = reg->u.btf_id;
  return off == root->node_offset ? go_on : env.reject(Msg::GraphNodeOffset, off, name, root->node_offset, expected);
}

Stop ref_set_non_owning(Env& env, Reg* reg) {
  const Record* rec = reg_btf_record(env, reg);
  if (!env.path.cur_state->active_locks)
    return env.unsupported("verifier bug: reference to a collection's object without lock");
  if (reg->type & NON_OWN_REF) return env.unsupported("verifier bug: NON_OWN_REF already set");
  reg->type |= NON_OWN_REF;
  if (rec && rec->refcount_off >= 0) reg->type |= MEM_RCU;
  return go_on;
}

Stop ref_convert_owning_non_owning(Env& env, u32 ref_obj_id) {
  State& st = *env.path.cur_state;
  const bool found = std::ranges::any_of(st.refs, [&](const Reference& r) { return r.id == ref_obj_id; });
  if (!ref_obj_id || !found) return env.unsupported("verifier bug: no reference to give to a collection");
  Stop stop;
  st.for_each_reg([=](const Reg& r) { return r.ref_obj_id == ref_obj_id; },
                  [&](Reg& r) {
                    r.ref_obj_id = 0;
                    if (Stop why = ref_set_non_owning(env, &r)) stop = why;
                  });
  return stop;
}

void mark_reg_graph_node(Reg* reg, const Field& root) {
  mark_reg_known_zero_raw(reg);
  reg->type = allocated;
  reg->u.btf = root.btf;
  reg->u.btf_id = root.value_btf_id;
  reg->off = static_cast<s32>(root.node_offset);
}

}  // namespace bpfcheck::sim
