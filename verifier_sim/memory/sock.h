// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Accesses to the sockets that programs see as struct bpf_sock, bpf_tcp_sock, bpf_xdp_sock.
// As check_sock_access, kernel/bpf/verifier.c, 6.18.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

int check_sock_access(Env& env, int insn_idx, u32 regno, int off, int size, AccessType t);

}  // namespace bpfcheck::sim
