/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tcp_ca.h"
SEC("struct_ops") u32 threshold(u64 *ctx) { return 2; }
SEC("struct_ops") u32 undo(u64 *ctx) { return ((struct tcp_sock *)ctx[0])->snd_cwnd; }
SEC("struct_ops") void writes_an_allowed_field(u64 *ctx) { ((struct tcp_sock *)ctx[0])->snd_cwnd = 2; }
SEC(".struct_ops") struct tcp_congestion_ops good = { .ssthresh = (void *)threshold, .cong_avoid = (void *)writes_an_allowed_field, .undo_cwnd = (void *)undo, .name = "bpfcheck_good" };
GPL;
