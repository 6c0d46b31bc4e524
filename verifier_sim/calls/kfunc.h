// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Questions about calls of kernel functions. add_kfunc_call (kfunc_desc.h) has made a program that holds one Unsupported
// before any of these is asked about it.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

struct KfuncMeta {
  const btf::Btf* btf = nullptr;
  u32 func_proto_id = 0;
};

inline int fetch_kfunc_meta(Env&, const Insn*, KfuncMeta*) { return -EOPNOTSUPP; }
inline int check_kfunc_call(Env& env, const Insn*, u32*) { return env.unsupported("calls of kernel functions (kfuncs)"); }
inline bool is_iter_next_kfunc(const KfuncMeta*) { return false; }
inline bool is_kfunc_sleepable(const KfuncMeta*) { return false; }
inline bool is_kfunc_pkt_changing(const KfuncMeta*) { return false; }
inline bool is_kfunc_fastcall(const KfuncMeta*) { return false; }
inline bool is_bpf_throw_kfunc(const Env&, const Insn*) { return false; }
inline bool kfunc_spin_allowed(const Env&, s32) { return false; }

}  // namespace bpfcheck::sim
