// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Locks in map values and in global data: what may be done while one is held, and what gives it back.
#include "bpf.h"

struct bpf_spin_lock { u32 val; };
struct guarded { struct bpf_spin_lock lock; u32 hits; u64 bytes; };
struct plain { u32 a, b; };

static void (*const spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static void (*const spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, struct guarded);
} flows SEC(".maps");

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct plain);
} plain SEC(".maps");

static struct bpf_spin_lock global_lock SEC(".data.guarded");
static u64 global_total SEC(".data.guarded");

static __attribute__((always_inline)) struct guarded *flow_of(u32 key) { return map_lookup_elem(&flows, &key); }

SEC("tc")
int counts_under_lock(struct __sk_buff *skb)
{
	struct guarded *g = flow_of(skb->hash);
	if (!g)
		return 0;
	spin_lock(&g->lock);
	g->hits++;
	g->bytes += skb->len;
	spin_unlock(&g->lock);
	return 0;
}

SEC("tc")
int locks_global_data(struct __sk_buff *skb)
{
	spin_lock(&global_lock);
	global_total += skb->len;
	spin_unlock(&global_lock);
	return 0;
}

SEC("tc")
int one_after_the_other(struct __sk_buff *skb)
{
	struct guarded *a = flow_of(1), *b = flow_of(2);
	if (!a || !b)
		return 0;
	spin_lock(&a->lock);
	a->hits++;
	spin_unlock(&a->lock);
	spin_lock(&b->lock);
	b->hits++;
	spin_unlock(&b->lock);
	return 0;
}

static noinline int bump(struct guarded *g)
{
	if (g)
		g->hits++;
	return 0;
}

SEC("tc")
int static_function_under_lock(struct __sk_buff *skb)
{
	struct guarded *g = flow_of(skb->hash);
	if (!g)
		return 0;
	spin_lock(&g->lock);
	bump(g);
	spin_unlock(&g->lock);
	return 0;
}

SEC("tc")
int never_unlocks(struct __sk_buff *skb)
{
	struct guarded *g = flow_of(skb->hash);
	if (!g)
		return 0;
	spin_lock(&g->lock);
	if (skb->len > 100)
		return 1;
	spin_unlock(&g->lock);
	return 0;
}

SEC("tc")
int helper_under_lock(struct __sk_buff *skb)
{
	struct guarded *g = flow_of(skb->hash);
	if (!g)
		return 0;
	spin_lock(&g->lock);
	g->bytes = ktime_get_ns();
	spin_unlock(&g->lock);
	return 0;
}

SEC("tc")
int two_locks(struct __sk_buff *skb)
{
	struct guarded *a = flow_of(1), *b = flow_of(2);
	if (!a || !b)
		return 0;
	spin_lock(&a->lock);
	spin_lock(&b->lock);
	spin_unlock(&b->lock);
	spin_unlock(&a->lock);
	return 0;
}

SEC("tc")
int unlocks_another(struct __sk_buff *skb)
{
	struct guarded *a = flow_of(1), *b = flow_of(1);
	if (!a || !b)
		return 0;
	spin_lock(&a->lock);
	spin_unlock(&b->lock);
	return 0;
}

SEC("tc")
int unlocks_unlocked(struct __sk_buff *skb)
{
	struct guarded *g = flow_of(skb->hash);
	if (g)
		spin_unlock(&g->lock);
	return 0;
}

SEC("tc")
int reads_the_lock(struct __sk_buff *skb)
{
	struct guarded *g = flow_of(skb->hash);
	return g ? *(volatile u32 *)&g->lock : 0;
}

SEC("tc")
int locks_another_field(struct __sk_buff *skb)
{
	struct guarded *g = flow_of(skb->hash);
	if (g)
		spin_lock((void *)&g->hits);
	return 0;
}

SEC("tc")
int value_without_lock(struct __sk_buff *skb)
{
	u32 zero = 0;
	struct plain *p = map_lookup_elem(&plain, &zero);
	if (p)
		spin_lock((void *)p);
	return 0;
}

GPL;
