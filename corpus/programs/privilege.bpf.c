/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a process without CAP_PERFMON may load: pointers must not leak, and no path that only speculation takes may reach out of
 * bounds. With all capabilities the kernel accepts each of these programs. */
#include "bpf.h"

struct value { u64 number; u32 index; u8 bytes[52]; };
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 4); __type(key, u32); __type(value, struct value); } values SEC(".maps");
struct { __uint(type, MAP_HASH); __uint(max_entries, 4); __type(key, u64); __type(value, u64); } hash SEC(".maps");

static inline struct value *look_up(void)
{
	u32 key = 0;
	return map_lookup_elem(&values, &key);
}

SEC("socket") int plain(struct __sk_buff *skb) { return skb->len; }

SEC("socket") int stores_pointer_in_map(struct __sk_buff *skb)
{
	struct value *v = look_up();
	if (v)
		v->number = (u64)skb;
	return 0;
}

SEC("socket") int returns_pointer(struct __sk_buff *skb)
{
	int ret;
	asm volatile("r0 = %1; %0 = r0" : "=r"(ret) : "r"(skb) : "r0");
	return ret;
}

SEC("socket") int compares_pointers(struct __sk_buff *skb)
{
	struct value *a = look_up(), *b = look_up();
	return a == b;
}

SEC("socket") int index_masked(struct __sk_buff *skb)
{
	struct value *v = look_up();
	return v ? v->bytes[skb->len & 31] : 0;
}

SEC("socket") int index_of_either_sign(struct __sk_buff *skb)
{
	struct value *v = look_up();
	s64 i = (s64)skb->len - 5;
	if (!v || i < -8 || i > 8)
		return 0;
	return *((u8 *)v + 12 + i);
}

SEC("socket") int stack_by_index(struct __sk_buff *skb)
{
	volatile u8 buf[16] = {};
	return buf[skb->len & 15];
}

SEC("socket") int two_limits(struct __sk_buff *skb)
{
	struct value *v = look_up();
	u32 i = skb->mark;
	if (!v)
		return 0;
	u8 *p = v->bytes;
	if (skb->len > 100)
		p = (u8 *)v;
	asm volatile("%0 &= 15; %1 += %0; %0 = *(u8 *)(%1 + 0)" : "+r"(i), "+r"(p));
	return i;
}

SEC("socket") int only_speculation_is_out_of_bounds(struct __sk_buff *skb)
{
	struct value *v = look_up();
	u64 i = 100;
	if (!v)
		return 0;
	asm volatile("if %0 s> 64 goto +1; %0 = *(u8 *)(%1 + 70)" : "+r"(i) : "r"(v));
	return i;
}

SEC("socket") int reads_uninitialised_stack(struct __sk_buff *skb)
{
	u64 key;
	asm volatile("" : "=m"(key));
	return map_lookup_elem(&hash, &key) != 0;
}

static noinline int callee(struct __sk_buff *skb) { return skb->len + skb->mark; }

SEC("socket") int calls(struct __sk_buff *skb) { return callee(skb); }

SEC("socket") int loops(struct __sk_buff *skb)
{
	u32 sum = 0;
	for (u32 i = 0; i < 6; i++) {
		asm volatile("" : "+r"(i));
		sum += i * skb->len;
	}
	return sum;
}

SEC("tc") int needs_net_admin(struct __sk_buff *skb) { return skb->tc_classid; }
SEC("kprobe/do_exit") int needs_perfmon(void *ctx) { return 0; }
SEC("cgroup_skb/egress") int packet_pointers(struct __sk_buff *skb)
{
	u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	return data + 1 <= end && data[0] == 1;
}
GPL;
