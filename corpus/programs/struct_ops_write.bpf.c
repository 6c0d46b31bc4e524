/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tcp_ca.h"
SEC("struct_ops") void writes_any_field(u64 *ctx) { *(u32 *)ctx[0] = 2; }
SEC(".struct_ops") struct tcp_congestion_ops bad = { .cong_avoid = (void *)writes_any_field, .name = "bpfcheck_bad" };
GPL;
