/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tcp_ca.h"
char _license[] SEC("license") = "Proprietary";
SEC("struct_ops") u32 threshold_not_gpl(u64 *ctx) { return 2; }
SEC(".struct_ops") struct tcp_congestion_ops bad = { .ssthresh = (void *)threshold_not_gpl, .name = "bpfcheck_bad" };
