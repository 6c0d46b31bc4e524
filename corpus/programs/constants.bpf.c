/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
/* Global constants decide: compiled as it stands, and once more with -DDEBUG=1 as constants_debug.bpf.o. */
#ifndef DEBUG
#define DEBUG 0
#endif
const volatile u32 debug = DEBUG;
const volatile struct { u8 unused; s32 mode; } config = { 0, 3 };
const volatile u8 table[4] = { 1, 2, 3, 4 };
const volatile char label[8] = "none";
struct { __uint(type, MAP_HASH); __type(key, u64); __type(value, u64); __uint(max_entries, 64); } seen SEC(".maps");
u32 counted;

SEC("socket") int looks_up_when_debugging(struct __sk_buff *skb)
{
	u64 key = skb->len;
	if (!debug)
		return 0;
	return (int)*(u64 *)map_lookup_elem(&seen, &key);
}

SEC("socket") int index_from_config(struct __sk_buff *skb)
{
	return config.mode > 3 ? ((u8 *)&table)[config.mode] : label[0] == 'x' ? (int)counted : table[3] == 9;
}
GPL;
