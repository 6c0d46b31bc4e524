/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
struct value { u64 count; u64 table[16]; };
struct { __uint(type, MAP_ARRAY); __type(key, u32); __type(value, struct value); __uint(max_entries, 4); } counters SEC(".maps");
struct { __uint(type, MAP_HASH); __type(key, u64); __type(value, struct value); __uint(max_entries, 64); } by_id SEC(".maps");
const volatile u32 limit = 8;
u64 total;

SEC("socket") int counts(struct __sk_buff *skb)
{
	u32 key = skb->len & 3;
	struct value *v = map_lookup_elem(&counters, &key);
	if (!v)
		return 0;
	v->count++;
	total += v->count;
	return 0;
}

SEC("socket") int constant_key_cannot_miss(struct __sk_buff *skb)
{
	u32 key = 2;
	struct value *v = map_lookup_elem(&counters, &key);
	v->count++;
	return 0;
}

SEC("socket") int no_null_check(struct __sk_buff *skb)
{
	u64 key = skb->len;
	struct value *v = map_lookup_elem(&by_id, &key);
	v->count++;
	return 0;
}

SEC("socket") int index_checked(struct __sk_buff *skb)
{
	u32 key = 0, i = skb->len;
	struct value *v = map_lookup_elem(&counters, &key);
	if (!v || i >= 16)
		return 0;
	return (int)v->table[i];
}

SEC("socket") int index_one_too_far(struct __sk_buff *skb)
{
	u32 key = 0, i = skb->len;
	struct value *v = map_lookup_elem(&counters, &key);
	if (!v || i > 16)
		return 0;
	return (int)v->table[i];
}

SEC("socket") int index_unchecked(struct __sk_buff *skb)
{
	u32 key = 0;
	struct value *v = map_lookup_elem(&counters, &key);
	return v ? (int)v->table[skb->len] : 0;
}

SEC("socket") int index_may_be_negative(struct __sk_buff *skb)
{
	u32 key = 0;
	int i = (int)skb->len;
	struct value *v = map_lookup_elem(&counters, &key);
	if (!v || i > 15)
		return 0;
	return (int)v->table[i];
}

SEC("socket") int writes_read_only(struct __sk_buff *skb)
{
	*(u32 *)&limit = 4;
	return 0;
}

SEC("socket") int reads_read_only(struct __sk_buff *skb) { return limit > 4 ? (int)total : 0; }
GPL;
