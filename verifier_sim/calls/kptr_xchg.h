// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// bpf_kptr_xchg: puts an object into a map value or allocated object and takes out what was there (process_kptr_func
// and the like-named cases of check_helper_call: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/memory/call_meta.h"

namespace bpfcheck::sim {

/// The argument that says where: the field goes into `meta`.
Stop process_kptr_func(Env& env, u32 regno, CallMeta* meta);
/// What is put in is no longer the program's.
Stop release_into_kptr(Env& env, u32 ref_obj_id);
/// What was there is the program's, where it was not NULL; `flags`: TypeFlag of the result.
void set_kptr_xchg_result(Env& env, const Field& kptr, u32 flags);

}  // namespace bpfcheck::sim
