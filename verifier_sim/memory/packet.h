// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Direct access to packet data. As may_access_direct_pkt_data, check_packet_access, kernel/bpf/verifier.c, 6.18.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

struct CallMeta;

/// The program type may access packet data so; with meta: pass it to this helper. Remembers that it may be written.
bool may_access_direct_pkt_data(Env& env, const CallMeta* meta, AccessType t);
int check_packet_access(Env& env, u32 regno, int off, int size, bool zero_size_allowed);

}  // namespace bpfcheck::sim
