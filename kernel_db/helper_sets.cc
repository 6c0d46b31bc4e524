// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See helper_sets.h.
#include "kernel_db/helper_sets.h"

namespace bpfcheck::helper_sets {

Set own_set(const HelperContext& c) {
  using enum ProgType;
  switch (c.type) {
    case SOCKET_FILTER:
      return Set::socket_filter;
    case SCHED_CLS:
    case SCHED_ACT:
      return Set::sched;
    case XDP:
      return Set::xdp;
    case CGROUP_SKB:
      return Set::cgroup_skb;
    case CGROUP_SOCK:
      return Set::cgroup_sock;
    case CGROUP_SOCK_ADDR:
      return Set::cgroup_sock_addr;
    case CGROUP_DEVICE:
      return Set::cgroup_device;
    case CGROUP_SYSCTL:
      return Set::cgroup_sysctl;
    case CGROUP_SOCKOPT:
      return Set::cgroup_sockopt;
    case LWT_IN:
      return Set::lwt_in;
    case LWT_OUT:
      return Set::lwt_out;
    case LWT_XMIT:
      return Set::lwt_xmit;
    case LWT_SEG6LOCAL:
      return Set::lwt_seg6local;
    case SOCK_OPS:
      return Set::sock_ops;
    case SK_MSG:
      return Set::sk_msg;
    case SK_SKB:
      return Set::sk_skb;
    case FLOW_DISSECTOR:
      return Set::flow_dissector;
    case SK_REUSEPORT:
      return Set::sk_reuseport;
    case SK_LOOKUP:
      return Set::sk_lookup;
    case KPROBE:
      return Set::kprobe;
    case TRACEPOINT:
      return Set::tracepoint;
    case PERF_EVENT:
      return Set::perf_event;
    case RAW_TRACEPOINT:
    case RAW_TRACEPOINT_WRITABLE:
      return Set::raw_tracepoint;
    case TRACING:
      return Set::tracing;
    case LSM:
      return Set::lsm;
    case LIRC_MODE2:
      return Set::lirc;
    case SYSCALL:
      return Set::syscall;
    case STRUCT_OPS:
      if (c.struct_ops == "bpf_dummy_ops") return Set::none;
      if (c.struct_ops == "sched_ext_ops") return Set::scx;
      return c.struct_ops == "tcp_congestion_ops" ? Set::tcp_ca : Set::base;
    case NETFILTER:
      return Set::base;
    default:
      return Set::none;
  }
}

Set fallback(Set s) {
  switch (s) {
    case Set::socket_filter:
    case Set::sched:
    case Set::xdp:
    case Set::cgroup_sock_addr:
    case Set::sock_ops:
    case Set::sk_msg:
    case Set::sk_skb:
    case Set::flow_dissector:
    case Set::lwt_out:
    case Set::sk_lookup:
      return Set::sk_base;
    case Set::cgroup_skb:
      return Set::socket_filter;
    case Set::lwt_in:
    case Set::lwt_xmit:
    case Set::lwt_seg6local:
      return Set::lwt_out;
    case Set::sk_base:
    case Set::cgroup_sock:
    case Set::cgroup_device:
    case Set::cgroup_sysctl:
    case Set::cgroup_sockopt:
    case Set::sk_reuseport:
    case Set::tcp_ca:
    case Set::scx:
    case Set::tracing_base:
      return Set::base;
    case Set::kprobe:
    case Set::tracepoint:
    case Set::perf_event:
    case Set::raw_tracepoint:
      return Set::tracing_base;
    case Set::lsm:
    case Set::syscall:
      return Set::tracing;
    case Set::tracing:
      return Set::raw_tracepoint;
    default:
      return Set::none;
  }
}

bool asks_cgroup_common(Set s, const HelperContext& c) {
  switch (s) {
    case Set::cgroup_skb:
    case Set::cgroup_sock:
    case Set::cgroup_sock_addr:
    case Set::cgroup_device:
    case Set::cgroup_sysctl:
    case Set::cgroup_sockopt:
    case Set::sock_ops:
      return true;
    case Set::lsm:
      return c.expected_attach_type == static_cast<u32>(AttachType::LSM_CGROUP);
    default:
      return false;
  }
}

bool asks_cgroup_current(Set s) {
  switch (s) {
    case Set::cgroup_sock:
    case Set::cgroup_sock_addr:
    case Set::cgroup_device:
    case Set::cgroup_sysctl:
    case Set::cgroup_sockopt:
      return true;
    default:
      return false;
  }
}

}  // namespace bpfcheck::helper_sets
