// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See packet.h.
#include "verifier_sim/memory/packet.h"

#include <algorithm>

#include "verifier_sim/calls/call_meta.h"
#include "verifier_sim/memory/mem_region.h"

namespace bpfcheck::sim {

bool may_access_direct_pkt_data(Env& env, const CallMeta* meta, AccessType t) {
  switch (env.type) {
    case ProgType::LWT_IN:
    case ProgType::LWT_OUT:
    case ProgType::LWT_SEG6LOCAL:
    case ProgType::SK_REUSEPORT:
    case ProgType::FLOW_DISSECTOR:
    case ProgType::CGROUP_SKB:
      if (t == AccessType::Write) return false;
      [[fallthrough]];
    case ProgType::SCHED_CLS:
    case ProgType::SCHED_ACT:
    case ProgType::XDP:
    case ProgType::LWT_XMIT:
    case ProgType::SK_SKB:
    case ProgType::SK_MSG:
      if (meta) return meta->pkt_access;
      env.seen_direct_write = true;
      return true;
    case ProgType::CGROUP_SOCKOPT:
      if (t == AccessType::Write) env.seen_direct_write = true;
      return true;
    default: return false;
  }
}

int check_packet_access(Env& env, u32 regno, int off, int size, bool zero_size_allowed) {
  const Reg* reg = env.reg_state(regno);
  const int r = static_cast<int>(regno);
  // The range was proved for the pointer as it is, variable part included: only the fixed part is compared.
  if (reg->smin < 0) return env.reject(Msg::MinValueNegative, r);
  if (reg->u.range < 0) return env.reject(Msg::PacketNoRange, r);
  if (check_mem_access_raw(env, r, off, size, static_cast<u32>(reg->u.range), zero_size_allowed))
    return env.reject(Msg::PacketOffset, r);
  const u32 end = static_cast<u32>(static_cast<u64>(off) + reg->umax + static_cast<u64>(size) - 1);
  env.max_pkt_offset = std::max(env.max_pkt_offset, end);
  return 0;
}

}  // namespace bpfcheck::sim
