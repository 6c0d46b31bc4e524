// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The sets of availability.def, a get_func_proto of the kernel each, and which of them a program asks in which order.
#pragma once

#include "kernel_db/helpers.h"

namespace bpfcheck::helper_sets {

enum class Set : u8 {
  none,
  base,
  base_bpf,
  base_perfmon,
  sk_base,
  cgroup_common,
  socket_filter,
  sched,
  xdp,
  cgroup_skb,
  cgroup_sock,
  cgroup_sock_addr,
  cgroup_device,
  cgroup_sysctl,
  cgroup_sockopt,
  lwt_out,
  lwt_in,
  lwt_xmit,
  lwt_seg6local,
  sock_ops,
  sk_msg,
  sk_skb,
  flow_dissector,
  sk_reuseport,
  sk_lookup,
  tracing_base,
  tracing_admin,
  kprobe,
  tracepoint,
  perf_event,
  raw_tracepoint,
  tracing,
  lsm,
  lirc,
  syscall,
  tcp_ca,
  iter_tcp,
  iter_unix,
  scx,
  cgroup_current,
  count,
};

/// The set of the program's type; none: it may call no helper.
Set own_set(const HelperContext& c);
/// The set that a set falls back to; base stands for its three tiers by capability.
Set fallback(Set s);
/// Whether programs of this set ask cgroup_common, or cgroup_current, before their own.
bool asks_cgroup_common(Set s, const HelperContext& c);
bool asks_cgroup_current(Set s);

}  // namespace bpfcheck::helper_sets
