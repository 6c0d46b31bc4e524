// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Objects that a program allocates, and the lists and trees that own them: kfuncs' arguments, and how a reference that
// is put into a collection becomes one that does not own (process_kf_arg_ptr_to_graph_root, ref_set_non_owning and
// their neighbours: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"
#include "verifier_sim/program/kfunc_meta.h"

namespace bpfcheck::sim {

Stop process_kf_arg_alloc_btf_id(Env& env, Reg* reg, u32 argno, KfuncMeta* meta);
Stop process_kf_arg_refcounted_kptr(Env& env, Reg* reg, u32 argno, KfuncMeta* meta);
/// FIELD_LIST_HEAD or FIELD_RB_ROOT.
Stop process_kf_arg_ptr_to_graph_root(Env& env, Reg* reg, u32 regno, KfuncMeta* meta, FieldType root);
/// FIELD_LIST_NODE or FIELD_RB_NODE.
Stop process_kf_arg_ptr_to_graph_node(Env& env, Reg* reg, u32 regno, KfuncMeta* meta, FieldType node);

Stop ref_set_non_owning(Env& env, Reg* reg);
/// The reference is the collection's now: registers that hold it stay usable while the lock is held.
Stop ref_convert_owning_non_owning(Env& env, u32 ref_obj_id);
/// A pointer to the node of an object of the collection.
void mark_reg_graph_node(Reg* reg, const Field& root);

/// The callback that orders a tree runs, or what it calls.
bool in_rbtree_lock_required_cb(const Env& env);

}  // namespace bpfcheck::sim
