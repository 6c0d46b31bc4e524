/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
/* An XDP program that reads the Ethernet header: with its bounds check, without it, and with one that is too short. */
struct ethhdr { u8 dst[6], src[6]; u16 proto; };

SEC("xdp") int checked(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	if ((void *)(eth + 1) > end)
		return 1;
	return eth->proto == 8 ? 2 : 1;
}

SEC("xdp") int unchecked(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	return eth->proto == 8 ? 2 : 1;
}

SEC("xdp") int checked_too_short(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	if ((void *)eth + 12 > end)
		return 1;
	return eth->proto == 8 ? 2 : 1;
}

SEC("xdp") int stale_after_adjust(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	if ((void *)(eth + 1) > end)
		return 1;
	if (xdp_adjust_head(ctx, 4))
		return 1;
	return eth->proto == 8 ? 2 : 1;
}

SEC("xdp") int writes_context(struct xdp_md *ctx)
{
	ctx->rx_queue_index = 1;
	return 2;
}

SEC("xdp") int loop_over_payload(struct xdp_md *ctx)
{
	u8 *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	u32 sum = 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < 64; i++) {
		if (p + i + 1 > end)
			break;
		sum += p[i];
	}
	return sum & 1 ? 2 : 1;
}
GPL;
