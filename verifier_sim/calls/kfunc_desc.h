// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel functions that a program calls, found before exploration (add_kfunc_call, fetch_kfunc_meta:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include <map>

#include "verifier_sim/calls/kfunc_meta.h"

namespace bpfcheck::sim {

/// struct bpf_kfunc_desc
struct KfuncDesc {
  const btf::Btf* btf = nullptr;
  u32 func_proto_id = 0;
  SpecialKfunc special = SpecialKfunc::none;
  KfuncEntry entry;
};

/// By type id and index of the BTF that holds it, as a call instruction names them.
struct KfuncTable {
  std::map<std::pair<u32, s16>, KfuncDesc> descs;
};

Stop add_kfunc_call(Env& env, u32 func_id, s16 offset);
/// 0; -EACCES where this program may not call it (only btf, func_name and the like are set); another errno for a call
/// of nothing.
Stop fetch_kfunc_meta(Env& env, const Insn* insn, KfuncMeta* meta);
/// SpecialKfunc::none for every other instruction.
SpecialKfunc special_kfunc_of(const Env& env, const Insn* insn);
/// Calls of nothing that exploration reached (fixup_kfunc_call).
Stop check_unresolved_kfuncs(Env& env);

}  // namespace bpfcheck::sim
