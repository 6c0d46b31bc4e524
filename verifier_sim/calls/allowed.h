// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Helpers that depend on what a program attaches to (bpf_func_proto::allowed: bpf_d_path_allowed,
// bpf_sk_storage_tracing_allowed, bpf_ima_inode_hash_allowed; check_get_func_ip: kernel/bpf/verifier.c; 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

bool helper_allowed_at_attach_point(const Env& env, const HelperProto& fn);
Stop check_get_func_ip(Env& env);
/// bpf_set_retval: a hook that returns nothing has no result to set.
Stop check_set_retval(Env& env);

}  // namespace bpfcheck::sim
