/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
SEC("socket") int bounded(struct __sk_buff *skb)
{
	u32 sum = 0;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < 100; i++)
		sum += get_prandom_u32();
	return (int)sum;
}

SEC("socket") int endless(struct __sk_buff *skb)
{
	while (get_prandom_u32() != 7)
		asm volatile("" ::: "memory");
	return 0;
}

SEC("socket") int endless_jump(struct __sk_buff *skb)
{
	asm volatile("r0 = 0; 1: r0 &= 0; goto 1b;" ::: "r0");
	return 0;
}

SEC("socket") int too_many(struct __sk_buff *skb)
{
	u32 sum = 0;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < 400000; i++)
		sum += get_prandom_u32();
	return (int)sum;
}
GPL;
