/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
struct big { u8 bytes[400]; };

static noinline int inner(struct __sk_buff *skb)
{
	volatile struct big b;
	for (int i = 0; i < 400; i += 8)
		*(volatile u64 *)&b.bytes[i] = skb->len;
	return b.bytes[skb->len & 127];
}

SEC("socket") int two_frames_too_deep(struct __sk_buff *skb)
{
	volatile struct big b;
	for (int i = 0; i < 400; i += 8)
		*(volatile u64 *)&b.bytes[i] = skb->mark;
	return inner(skb) + b.bytes[skb->len & 127];
}

SEC("socket") int one_frame(struct __sk_buff *skb) { return inner(skb); }

SEC("socket") int past_the_end(struct __sk_buff *skb)
{
	asm volatile("*(u64 *)(r10 - 520) = 0;");
	return 0;
}

SEC("socket") int above_the_frame(struct __sk_buff *skb)
{
	asm volatile("*(u64 *)(r10 + 0) = 0;");
	return 0;
}

SEC("socket") int variable_index(struct __sk_buff *skb)
{
	u64 buf[8] = {};
	return (int)buf[skb->len & 7];
}

SEC("socket") int variable_index_too_far(struct __sk_buff *skb)
{
	volatile u64 buf[8] = {};
	return (int)buf[skb->len & 127];
}
GPL;
