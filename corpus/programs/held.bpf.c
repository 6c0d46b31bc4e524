// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is held for a while: locks that can fail, with interrupts off or on; RCU; per-CPU objects; nodes of trees; counted objects.
#include "bpf.h"

#define __ksym __attribute__((section(".ksyms")))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#define __contains(type, member) __attribute__((btf_decl_tag("contains:" #type ":" #member)))
#define local_type_id(type) __builtin_btf_type_id(*(type *)0, 0)
#define new(type) bpf_obj_new_impl(local_type_id(type), 0)
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - __builtin_offsetof(type, member)))
#define inline_ static __attribute__((always_inline))

struct bpf_res_spin_lock { u32 val; };
struct bpf_refcount { u32 opaque[1]; } __attribute__((aligned(4)));
struct bpf_rb_root { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_rb_node { u64 opaque[4]; } __attribute__((aligned(8)));

extern void *bpf_obj_new_impl(u64 local_type_id, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *p, void *meta) __ksym;
extern void *bpf_percpu_obj_new_impl(u64 local_type_id, void *meta) __ksym;
extern void bpf_percpu_obj_drop_impl(void *p, void *meta) __ksym;
extern void *bpf_refcount_acquire_impl(void *p, void *meta) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym;
extern struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_local_irq_save(unsigned long *flags) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __ksym;
extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
extern int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags) __ksym;
extern void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, unsigned long *flags) __ksym;
extern void bpf_throw(u64 cookie) __ksym;

static void *(*const kptr_xchg)(void *dst, void *ptr) = (void *)194;
static void *(*const this_cpu_ptr)(const void *percpu) = (void *)154;

struct counters { u64 packets, bytes; };
struct leaf { u64 key; struct bpf_rb_node node; struct bpf_refcount count; };
struct plain { u64 value; };
struct slot { struct counters __percpu_kptr *counters; struct plain __kptr *plain; };
struct guarded { struct bpf_res_spin_lock lock; u32 hits; };

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct slot);
} slots SEC(".maps");

struct {
	__uint(type, MAP_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, struct guarded);
} flows SEC(".maps");

static struct bpf_res_spin_lock lock SEC(".data.tree");
static struct bpf_rb_root tree __contains(leaf, node) SEC(".data.tree");
static struct bpf_res_spin_lock other SEC(".data.other");

inline_ struct slot *slot(void)
{
	u32 zero = 0;
	return map_lookup_elem(&slots, &zero);
}
inline_ struct guarded *flow_of(u32 key) { return map_lookup_elem(&flows, &key); }

/* Types of which only pointers are in use are mere names to the compiler, and to a kernel no objects to own. */
SEC("tc")
int types(struct __sk_buff *skb)
{
	return local_type_id(struct counters) + local_type_id(struct leaf) + local_type_id(struct plain);
}

SEC("tc")
int lock_that_can_fail(struct __sk_buff *skb)
{
	if (bpf_res_spin_lock(&lock))
		return 1;
	bpf_res_spin_unlock(&lock);
	return 0;
}

SEC("tc")
int failure_forgotten(struct __sk_buff *skb)
{
	bpf_res_spin_lock(&lock);
	bpf_res_spin_unlock(&lock);
	return 0;
}

SEC("tc")
int same_lock_twice(struct __sk_buff *skb)
{
	if (bpf_res_spin_lock(&lock))
		return 1;
	if (!bpf_res_spin_lock(&lock))
		bpf_res_spin_unlock(&lock);
	bpf_res_spin_unlock(&lock);
	return 0;
}

SEC("tc")
int unlocks_out_of_order(struct __sk_buff *skb)
{
	if (bpf_res_spin_lock(&lock))
		return 1;
	if (bpf_res_spin_lock(&other)) {
		bpf_res_spin_unlock(&lock);
		return 1;
	}
	bpf_res_spin_unlock(&lock);
	bpf_res_spin_unlock(&other);
	return 0;
}

SEC("tc")
int interrupts_off_under_lock(struct __sk_buff *skb)
{
	unsigned long flags;
	if (bpf_res_spin_lock_irqsave(&lock, &flags))
		return 1;
	bpf_res_spin_unlock_irqrestore(&lock, &flags);
	return 0;
}

SEC("tc")
int interrupts_of_a_lock_restored_alone(struct __sk_buff *skb)
{
	unsigned long flags;
	if (bpf_res_spin_lock_irqsave(&lock, &flags))
		return 1;
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("tc")
int locks_of_two_values(struct __sk_buff *skb)
{
	struct guarded *a = flow_of(1), *b = flow_of(2);
	if (!a || !b || bpf_res_spin_lock(&a->lock))
		return 0;
	if (!bpf_res_spin_lock(&b->lock)) {
		a->hits += b->hits;
		bpf_res_spin_unlock(&b->lock);
	}
	bpf_res_spin_unlock(&a->lock);
	return 0;
}

SEC("tc")
int lock_in_a_loop(struct __sk_buff *skb)
{
	struct guarded *g = flow_of(1);
	if (!g)
		return 0;
	for (int i = 0; i < 5; i++) {
		if (bpf_res_spin_lock(&g->lock))
			return 1;
		g->hits++;
		bpf_res_spin_unlock(&g->lock);
	}
	return 0;
}

SEC("tc")
int locked_on_some_paths(struct __sk_buff *skb)
{
	struct guarded *g = flow_of(1);
	if (!g)
		return 0;
	if (skb->len & 1 && bpf_res_spin_lock(&g->lock))
		return 1;
	if (skb->len & 1)
		bpf_res_spin_unlock(&g->lock);
	return 0;
}

SEC("tc")
int takes_leaf(struct __sk_buff *skb)
{
	struct bpf_rb_node *n;
	if (bpf_res_spin_lock(&lock))
		return 1;
	n = bpf_rbtree_first(&tree);
	if (n) {
		container_of(n, struct leaf, node)->key++;
		n = bpf_rbtree_remove(&tree, n);
	}
	bpf_res_spin_unlock(&lock);
	if (n)
		bpf_obj_drop_impl(container_of(n, struct leaf, node), 0);
	return 0;
}

SEC("tc")
int reads_leaf_unlocked(struct __sk_buff *skb)
{
	struct bpf_rb_node *n;
	if (bpf_res_spin_lock(&lock))
		return 1;
	n = bpf_rbtree_first(&tree);
	bpf_res_spin_unlock(&lock);
	return n ? container_of(n, struct leaf, node)->key : 0;
}

SEC("tc")
int tree_of_another_lock(struct __sk_buff *skb)
{
	struct bpf_rb_node *n;
	if (bpf_res_spin_lock(&other))
		return 1;
	n = bpf_rbtree_first(&tree);
	bpf_res_spin_unlock(&other);
	return n ? 1 : 0;
}

SEC("tc")
int counts_leaf(struct __sk_buff *skb)
{
	struct leaf *a = new(struct leaf), *b;
	if (!a)
		return 0;
	b = bpf_refcount_acquire_impl(a, 0);
	bpf_obj_drop_impl(a, 0);
	b->key = 1;
	bpf_obj_drop_impl(b, 0);
	return 0;
}

SEC("tc")
int counts_what_has_no_count(struct __sk_buff *skb)
{
	struct plain *a = new(struct plain), *b;
	if (!a)
		return 0;
	b = bpf_refcount_acquire_impl(a, 0);
	bpf_obj_drop_impl(a, 0);
	if (b)
		bpf_obj_drop_impl(b, 0);
	return 0;
}

SEC("tc")
int keeps_counters(struct __sk_buff *skb)
{
	struct slot *s = slot();
	struct counters *c = s ? bpf_percpu_obj_new_impl(local_type_id(struct counters), 0) : 0;
	if (!c)
		return 0;
	c = kptr_xchg(&s->counters, c);
	if (c)
		bpf_percpu_obj_drop_impl(c, 0);
	return 0;
}

SEC("tc")
int counts_packet(struct __sk_buff *skb)
{
	struct slot *s = slot();
	struct counters *c = s ? s->counters : 0;
	if (!c)
		return 0;
	c = this_cpu_ptr(c);
	c->packets++;
	c->bytes += skb->len;
	return 0;
}

SEC("tc")
int counters_of_no_cpu(struct __sk_buff *skb)
{
	struct slot *s = slot();
	struct counters *c = s ? s->counters : 0;
	return c ? c->packets : 0;
}

SEC("tc")
int object_under_rcu(struct __sk_buff *skb)
{
	struct slot *s = slot();
	struct plain *p;
	u64 value = 0;
	if (!s)
		return 0;
	bpf_rcu_read_lock();
	p = s->plain;
	if (p)
		value = p->value;
	bpf_rcu_read_unlock();
	return value;
}

SEC("tc")
int object_after_rcu(struct __sk_buff *skb)
{
	struct slot *s = slot();
	struct plain *p;
	if (!s)
		return 0;
	bpf_rcu_read_lock();
	p = s->plain;
	bpf_rcu_read_unlock();
	return p ? p->value : 0;
}

SEC("tc")
int throws_with_object(struct __sk_buff *skb)
{
	struct plain *p = new(struct plain);
	if (!p)
		return 0;
	bpf_throw(0);
	return 0;
}

GPL;
