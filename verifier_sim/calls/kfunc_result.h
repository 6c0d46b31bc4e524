// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a kernel function returns (the second half of check_kfunc_call, check_special_kfunc:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"
#include "verifier_sim/program/kfunc_meta.h"

namespace bpfcheck::sim {

/// Sets R0 after the caller-saved registers were cleared.
Stop set_kfunc_result(Env& env, KfuncMeta* meta, int insn_idx);
/// For read marks: an argument of this many bytes is read, or register 0 is written (__mark_btf_func_reg_size).
void mark_btf_func_reg_size(Env& env, u32 regno, u32 size);

}  // namespace bpfcheck::sim
