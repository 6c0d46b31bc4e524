// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Dynptrs as arguments of helpers and kernel functions (process_dynptr_func: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// `arg_type` says what is expected: MEM_UNINIT makes one (of the type in its DYNPTR_TYPE_ flag), MEM_RDONLY does not
/// change it. `clone_ref_obj_id` not 0: what is made shares that reference.
Stop process_dynptr_func(Env& env, u32 regno, int insn_idx, u32 arg_type, u32 clone_ref_obj_id);

}  // namespace bpfcheck::sim
