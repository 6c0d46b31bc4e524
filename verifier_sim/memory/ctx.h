// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The context: which fields a program type may read and write, and what they give (check_ctx_access and the
// is_valid_access of each program type: net/core/filter.c, kernel/trace/bpf_trace.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// struct bpf_insn_access_aux
struct CtxAccess {
  u32 reg_type = SCALAR_VALUE;
  bool is_ldsx = false;
  bool is_retval = false;  ///< the value that the hook is about to return
  int ctx_field_size = 0;
  const btf::Btf* btf = nullptr;
  u32 btf_id = 0, ref_obj_id = 0;
};

Stop check_ctx_access(Env& env, u32 insn_idx, int off, int size, AccessType t, CtxAccess* info);
/// The kernel rewrites this program type's context accesses (convert_ctx_access).
bool ctx_is_converted(const Env& env);

}  // namespace bpfcheck::sim
