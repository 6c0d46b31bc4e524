/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tcp_ca.h"
SEC("struct_ops") u64 implements_get_info(u64 *ctx) { return 0; }
SEC(".struct_ops") struct tcp_congestion_ops bad = { .get_info = (void *)implements_get_info, .name = "bpfcheck_bad" };
GPL;
