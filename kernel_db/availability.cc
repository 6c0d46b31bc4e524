// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See availability.h.
#include "kernel_db/availability.h"

namespace bpfcheck {

bool prog_type_supported(const Target& target, ProgType type) { return target.offers.has(type); }

bool map_type_supported(const Target& target, MapType type) { return target.offers.has(type); }

bool needs_net_admin(ProgType type) {
  using enum ProgType;
  switch (type) {
    case SCHED_CLS:
    case SCHED_ACT:
    case XDP:
    case LWT_IN:
    case LWT_OUT:
    case LWT_XMIT:
    case LWT_SEG6LOCAL:
    case SK_SKB:
    case SK_MSG:
    case FLOW_DISSECTOR:
    case CGROUP_DEVICE:
    case CGROUP_SOCK:
    case CGROUP_SOCK_ADDR:
    case CGROUP_SOCKOPT:
    case CGROUP_SYSCTL:
    case SOCK_OPS:
    case EXT:
    case NETFILTER:
      return true;
    default:
      return false;
  }
}

bool needs_perfmon(ProgType type) {
  using enum ProgType;
  switch (type) {
    case KPROBE:
    case TRACEPOINT:
    case PERF_EVENT:
    case RAW_TRACEPOINT:
    case RAW_TRACEPOINT_WRITABLE:
    case TRACING:
    case LSM:
    case STRUCT_OPS:
    case EXT:
      return true;
    default:
      return false;
  }
}

}  // namespace bpfcheck
