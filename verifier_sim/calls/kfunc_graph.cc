// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kfunc_graph.h.
#include "verifier_sim/calls/kfunc_graph.h"

#include "verifier_sim/calls/kfunc_desc.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {

bool is_bpf_list_api_kfunc(SpecialKfunc k) {
  using enum SpecialKfunc;
  return k == bpf_list_push_front_impl || k == bpf_list_push_back_impl || k == bpf_list_pop_front || k == bpf_list_pop_back ||
         k == bpf_list_front || k == bpf_list_back;
}

bool is_bpf_rbtree_api_kfunc(SpecialKfunc k) {
  using enum SpecialKfunc;
  return k == bpf_rbtree_add_impl || k == bpf_rbtree_remove || k == bpf_rbtree_first || k == bpf_rbtree_root || k == bpf_rbtree_left ||
         k == bpf_rbtree_right;
}

bool in_rbtree_lock_required_cb(const Env& env) {
  const State& st = *env.cur_state;
  if (!st.curframe || !st.cur().in_callback_fn) return false;
  return is_bpf_rbtree_api_kfunc(special_kfunc_of(env, &env.insns[static_cast<u32>(st.cur().callsite)]));
}

int process_kf_arg_alloc_btf_id(Env& env, Reg*, u32, KfuncMeta*) { return env.unsupported("objects that programs allocate"); }
int process_kf_arg_refcounted_kptr(Env& env, Reg*, u32, KfuncMeta*) { return env.unsupported("objects that programs allocate"); }
int process_kf_arg_ptr_to_graph_root(Env& env, Reg*, u32, KfuncMeta*, FieldType) { return env.unsupported("lists and trees of objects"); }
int process_kf_arg_ptr_to_graph_node(Env& env, Reg*, u32, KfuncMeta*, FieldType) { return env.unsupported("lists and trees of objects"); }
const Record* find_struct_meta(Env& env, const btf::Btf*, u32) {
  (void)env.unsupported("objects that programs allocate");
  return nullptr;
}
int ref_set_non_owning(Env& env, Reg*) { return env.unsupported("lists and trees of objects"); }
int ref_convert_owning_non_owning(Env& env, u32) { return env.unsupported("lists and trees of objects"); }
void mark_reg_graph_node(Env& env, Reg*, u32, const Field&) { (void)env.unsupported("lists and trees of objects"); }

}  // namespace bpfcheck::sim
