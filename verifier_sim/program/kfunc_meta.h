// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is known of a call of a kernel function, and what is learnt while its arguments are checked
// (struct bpf_kfunc_call_arg_meta, special_kfunc_type: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "kernel_db/kfuncs.h"
#include "kernel_db/special_kfuncs.h"
#include "verifier_sim/program/map.h"

namespace bpfcheck::sim {

struct KfuncMeta {
  // The function.
  const btf::Btf* btf = nullptr;
  u32 func_id = 0;
  u32 func_proto_id = 0;
  std::string_view func_name;
  SpecialKfunc special = SpecialKfunc::none;
  u32 kfunc_flags = 0;
  // What its arguments tell.
  u32 ref_obj_id = 0;
  u8 release_regno = 0;
  bool r0_rdonly = false;
  u32 ret_btf_id = 0;
  u64 r0_size = 0;
  u32 subprogno = 0;
  struct {
    u64 value = 0;
    bool found = false;
  } arg_constant;
  const btf::Btf* arg_btf = nullptr;  ///< type of the object that is dropped, counted or put into a collection
  u32 arg_btf_id = 0;
  bool arg_owning_ref = false;
  const Field* arg_list_head = nullptr;
  const Field* arg_rbtree_root = nullptr;
  struct {
    DynptrType type = DynptrType::Invalid;
    u32 id = 0, ref_obj_id = 0;
  } initialized_dynptr;
  struct {
    u32 spi = 0, frameno = 0;
  } iter;
  struct {
    const Map* ptr = nullptr;
    u32 uid = 0;
  } map;

  btf::Type func_proto() const { return btf->type(func_proto_id); }
  bool is(SpecialKfunc k) const { return special == k; }
  bool does(u16 trait) const { return kfunc::does(special, trait); }
};

inline bool is_kfunc_acquire(const KfuncMeta* m) { return m->kfunc_flags & KF_ACQUIRE; }
inline bool is_kfunc_release(const KfuncMeta* m) { return m->kfunc_flags & KF_RELEASE; }
inline bool is_kfunc_trusted_args(const KfuncMeta* m) { return m->kfunc_flags & (KF_TRUSTED_ARGS | KF_RELEASE); }
inline bool is_kfunc_sleepable(const KfuncMeta* m) { return m->kfunc_flags & KF_SLEEPABLE; }
inline bool is_kfunc_destructive(const KfuncMeta* m) { return m->kfunc_flags & KF_DESTRUCTIVE; }
inline bool is_kfunc_rcu(const KfuncMeta* m) { return m->kfunc_flags & KF_RCU; }
inline bool is_kfunc_rcu_protected(const KfuncMeta* m) { return m->kfunc_flags & KF_RCU_PROTECTED; }
inline bool is_kfunc_fastcall(const KfuncMeta* m) { return m->kfunc_flags & KF_FASTCALL; }
inline bool is_iter_new_kfunc(const KfuncMeta* m) { return m->kfunc_flags & KF_ITER_NEW; }
inline bool is_iter_next_kfunc(const KfuncMeta* m) { return m->kfunc_flags & KF_ITER_NEXT; }
inline bool is_iter_destroy_kfunc(const KfuncMeta* m) { return m->kfunc_flags & KF_ITER_DESTROY; }
inline bool is_iter_kfunc(const KfuncMeta* m) {
  return m->kfunc_flags & (KF_ITER_NEW | KF_ITER_NEXT | KF_ITER_DESTROY);
}
inline bool is_kfunc_pkt_changing(const KfuncMeta* m) { return m->does(kfunc::changes_packet); }
/// A count taken of a reference that the program owns cannot fail.
inline bool is_kfunc_ret_null(const KfuncMeta* m) {
  return (m->kfunc_flags & KF_RET_NULL) && !(m->is(SpecialKfunc::bpf_refcount_acquire_impl) && m->arg_owning_ref);
}

}  // namespace bpfcheck::sim
