// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Stores into kernel objects: some program types may write some members (btf_struct_access of struct bpf_verifier_ops:
// net/ipv4/bpf_tcp_ca.c, net/sched/bpf_qdisc.c, kernel/sched/ext.c, net/bpf/bpf_dummy_struct_ops.c,
// nf_conntrack_bpf.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// The program type has its own say about stores; otherwise none is allowed.
bool has_object_writes(const Env& env);
Stop check_object_write(Env& env, const Reg& reg, int off, int size);

}  // namespace bpfcheck::sim
