// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See alignment.h.
#include "verifier_sim/memory/alignment.h"

#include "verifier_sim/log/names.h"

namespace bpfcheck::sim {
namespace {

bool aligned(const Reg* reg, int fixed, int size) {
  return tnum_is_aligned(tnum_add(reg->var_off, tnum_const(static_cast<u64>(static_cast<s64>(fixed)))),
                         static_cast<u64>(size));
}

int check_pkt_ptr_alignment(Env& env, const Reg* reg, int off, int size) {
  constexpr int ip_align = 2;  // NET_IP_ALIGN where alignment matters
  if (aligned(reg, ip_align + reg->off + off, size)) return 0;
  return env.reject(Msg::MisalignedPacket, ip_align, tnum_strn(reg->var_off), reg->off, off, size);
}

const char* pointer_desc(u32 type) {
  switch (type) {
    case PTR_TO_FLOW_KEYS: return "flow keys ";
    case PTR_TO_MAP_KEY: return "key ";
    case PTR_TO_MAP_VALUE: return "value ";
    case PTR_TO_CTX: return "context ";
    case PTR_TO_STACK: return "stack ";
    case PTR_TO_SOCKET: return "sock ";
    case PTR_TO_SOCK_COMMON: return "sock_common ";
    case PTR_TO_TCP_SOCK: return "tcp_sock ";
    case PTR_TO_XDP_SOCK: return "xdp_sock ";
    default: return "";
  }
}

}  // namespace

int check_ptr_alignment(Env& env, const Reg* reg, int off, int size, bool strict_alignment_once) {
  // Spills and fills are tracked by slot, which takes aligned accesses.
  const bool strict = env.strict_alignment || strict_alignment_once || reg->type == PTR_TO_STACK;
  if (!strict || size == 1 || reg->type == PTR_TO_ARENA) return 0;
  if (reg->type == PTR_TO_PACKET || reg->type == PTR_TO_PACKET_META) return check_pkt_ptr_alignment(env, reg, off, size);
  if (aligned(reg, reg->off + off, size)) return 0;
  return env.reject(Msg::MisalignedAccess, pointer_desc(reg->type), tnum_strn(reg->var_off), reg->off, off, size);
}

}  // namespace bpfcheck::sim
