/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
/* Lists, trees and pointers to objects of the program's own: who owns them, and under which lock. */
#define KSYM __attribute__((section(".ksyms")))
#define TAG(text) __attribute__((btf_decl_tag(text)))
#define PRIVATE(name) SEC(".data." #name) __attribute__((visibility("hidden"))) __attribute__((aligned(8)))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define TYPE_ID(type) __builtin_btf_type_id(*(typeof(type) *)0, 0)
#define NEW(type) ((type *)bpf_obj_new_impl(TYPE_ID(type), 0))
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - __builtin_offsetof(type, member)))
struct bpf_spin_lock { u32 val; };
struct bpf_list_head { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_node { u64 opaque[3]; } __attribute__((aligned(8)));
struct bpf_rb_root { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_rb_node { u64 opaque[4]; } __attribute__((aligned(8)));
struct cpumask { u64 bits[1]; } __attribute__((preserve_access_index));
struct bpf_cpumask { struct cpumask cpumask; } __attribute__((preserve_access_index));

struct item { u64 key; struct bpf_list_node node; struct bpf_list_node second; };
struct other { struct bpf_list_node node; u64 key; };
struct leaf { u64 key; struct bpf_rb_node node; };
struct guarded { u64 key; struct bpf_spin_lock lock; struct bpf_list_head inner TAG("contains:item:node"); };
struct holder { struct bpf_cpumask __kptr *mask; };
struct listed { struct bpf_spin_lock lock; struct bpf_list_head head TAG("contains:item:node"); };

extern void *bpf_obj_new_impl(u64 local_type_id, void *meta) KSYM;
extern void bpf_obj_drop_impl(void *p, void *meta) KSYM;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, u64 off) KSYM;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) KSYM;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node, char (less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta, u64 off) KSYM;
extern struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node) KSYM;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) KSYM;
extern struct bpf_cpumask *bpf_cpumask_create(void) KSYM;
extern void bpf_cpumask_release(struct bpf_cpumask *mask) KSYM;
static void (*const spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static void (*const spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;
static void *(*const kptr_xchg)(void *dst, void *ptr) = (void *)194;

PRIVATE(A) struct bpf_spin_lock lock;
PRIVATE(A) struct bpf_list_head head TAG("contains:item:node");
PRIVATE(B) struct bpf_spin_lock tree_lock;
PRIVATE(B) struct bpf_rb_root root TAG("contains:leaf:node");
PRIVATE(C) struct bpf_spin_lock other_lock;
struct { __uint(type, MAP_ARRAY); __type(key, u32); __type(value, struct holder); __uint(max_entries, 1); } holders SEC(".maps");
struct { __uint(type, MAP_ARRAY); __type(key, u32); __type(value, struct listed); __uint(max_entries, 1); } lists SEC(".maps");
u64 any;

static char less(struct bpf_rb_node *a, const struct bpf_rb_node *b) { return container_of(a, struct leaf, node)->key < container_of(b, struct leaf, node)->key; }
static char less_and_removes(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	bpf_rbtree_remove(&root, a);
	return 0;
}
static char less_and_unlocks(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	spin_unlock(&tree_lock);
	return 0;
}

SEC("tc") int list_used(void *ctx)
{
	struct item *i = NEW(struct item);
	if (!i)
		return 0;
	spin_lock(&lock);
	bpf_list_push_front_impl(&head, &i->node, 0, 0);
	spin_unlock(&lock);
	return 0;
}
SEC("tc") int list_without_lock(void *ctx)
{
	struct bpf_list_node *n = bpf_list_pop_front(&head);
	if (n)
		bpf_obj_drop_impl(container_of(n, struct item, node), 0);
	return 0;
}
SEC("tc") int list_under_lock(void *ctx)
{
	struct bpf_list_node *n;
	spin_lock(&lock);
	n = bpf_list_pop_front(&head);
	spin_unlock(&lock);
	if (n)
		bpf_obj_drop_impl(container_of(n, struct item, node), 0);
	return 0;
}
SEC("tc") int list_unlocks_another(void *ctx)
{
	spin_lock(&lock);
	spin_unlock(&other_lock);
	return 0;
}
SEC("tc") int list_pushes_no_node(void *ctx)
{
	struct item *i = NEW(struct item);
	if (!i)
		return 0;
	spin_lock(&lock);
	bpf_list_push_front_impl(&head, (void *)&i->key, 0, 0);
	spin_unlock(&lock);
	return 0;
}
SEC("tc") int list_pushes_twice(void *ctx)
{
	struct item *i = NEW(struct item);
	if (!i)
		return 0;
	spin_lock(&lock);
	bpf_list_push_front_impl(&head, &i->node, 0, 0);
	bpf_list_push_front_impl(&head, &i->node, 0, 0);
	spin_unlock(&lock);
	return 0;
}
SEC("tc") int list_of_others(void *ctx)
{
	struct other *o = NEW(struct other);
	if (!o)
		return 0;
	spin_lock(&lock);
	bpf_list_push_front_impl(&head, &o->node, 0, 0);
	spin_unlock(&lock);
	return 0;
}
SEC("tc") int list_by_the_second_node(void *ctx)
{
	struct item *i = NEW(struct item);
	if (!i)
		return 0;
	spin_lock(&lock);
	bpf_list_push_front_impl(&head, &i->second, 0, 0);
	spin_unlock(&lock);
	return 0;
}
SEC("tc") int list_somewhere(struct __sk_buff *skb)
{
	u32 key = 0;
	struct listed *l = map_lookup_elem(&lists, &key);
	struct item *i;
	if (!l)
		return 0;
	i = NEW(struct item);
	if (!i)
		return 0;
	spin_lock(&l->lock);
	bpf_list_push_front_impl((void *)l + (skb->len & 15), &i->node, 0, 0);
	spin_unlock(&l->lock);
	return 0;
}
SEC("tracepoint/syscalls/sys_enter_execve") int list_while_tracing(void *ctx)
{
	any = (u64)bpf_list_pop_front(&head);
	return 0;
}

SEC("tc") int object_dropped(void *ctx)
{
	struct item *i = NEW(struct item);
	if (i)
		bpf_obj_drop_impl(i, 0);
	return 0;
}
SEC("tc") int object_dropped_from_within(void *ctx)
{
	struct item *i = NEW(struct item);
	if (i)
		bpf_obj_drop_impl(&i->node, 0);
	return 0;
}
SEC("tc") int object_that_is_no_struct(void *ctx)
{
	u64 *p = bpf_obj_new_impl(TYPE_ID(u64), 0);
	if (p)
		bpf_obj_drop_impl(p, 0);
	return 0;
}
SEC("tc") int object_of_a_huge_type(void *ctx)
{
	u64 *p = bpf_obj_new_impl(0x1000000000ull, 0);
	if (p)
		bpf_obj_drop_impl(p, 0);
	return 0;
}
SEC("tc") int lock_inside_read(void *ctx)
{
	struct guarded *g = NEW(struct guarded);
	if (!g)
		return 0;
	any = *(volatile u32 *)&g->lock;
	bpf_obj_drop_impl(g, 0);
	return 0;
}
SEC("tc") int key_inside_read(void *ctx)
{
	struct guarded *g = NEW(struct guarded);
	if (!g)
		return 0;
	any = g->key;
	bpf_obj_drop_impl(g, 0);
	return 0;
}

SEC("tc") int tree_used(void *ctx)
{
	struct leaf *l = NEW(struct leaf);
	if (!l)
		return 0;
	spin_lock(&tree_lock);
	bpf_rbtree_add_impl(&root, &l->node, less, 0, 0);
	spin_unlock(&tree_lock);
	return 0;
}
SEC("tc") int tree_removes_after_unlocking(void *ctx)
{
	struct leaf *l = NEW(struct leaf);
	struct bpf_rb_node *n;
	if (!l)
		return 0;
	spin_lock(&tree_lock);
	bpf_rbtree_add_impl(&root, &l->node, less, 0, 0);
	spin_unlock(&tree_lock);
	spin_lock(&tree_lock);
	n = bpf_rbtree_remove(&root, &l->node);
	spin_unlock(&tree_lock);
	if (n)
		bpf_obj_drop_impl(container_of(n, struct leaf, node), 0);
	return 0;
}
SEC("tc") int tree_removes_its_first(void *ctx)
{
	struct bpf_rb_node *n;
	spin_lock(&tree_lock);
	n = bpf_rbtree_first(&root);
	if (!n) {
		spin_unlock(&tree_lock);
		return 0;
	}
	n = bpf_rbtree_remove(&root, n);
	spin_unlock(&tree_lock);
	if (n)
		bpf_obj_drop_impl(container_of(n, struct leaf, node), 0);
	return 0;
}
SEC("tc") int tree_changed_while_comparing(void *ctx)
{
	struct leaf *l = NEW(struct leaf);
	if (!l)
		return 0;
	spin_lock(&tree_lock);
	bpf_rbtree_add_impl(&root, &l->node, less_and_removes, 0, 0);
	spin_unlock(&tree_lock);
	return 0;
}
SEC("tc") int tree_unlocked_while_comparing(void *ctx)
{
	struct leaf *l = NEW(struct leaf);
	if (!l)
		return 0;
	spin_lock(&tree_lock);
	bpf_rbtree_add_impl(&root, &l->node, less_and_unlocks, 0, 0);
	spin_unlock(&tree_lock);
	return 0;
}

SEC("tp_btf/task_newtask") int kptr_stored_untested(void *ctx)
{
	u32 key = 0;
	struct holder *h = map_lookup_elem(&holders, &key);
	struct bpf_cpumask *old;
	if (!h)
		return 0;
	old = kptr_xchg(&h->mask, bpf_cpumask_create());
	if (old)
		bpf_cpumask_release(old);
	return 0;
}
SEC("tp_btf/task_newtask") int kptr_stored_tested(void *ctx)
{
	u32 key = 0;
	struct holder *h = map_lookup_elem(&holders, &key);
	struct bpf_cpumask *mask, *old;
	if (!h)
		return 0;
	mask = bpf_cpumask_create();
	if (!mask)
		return 0;
	old = kptr_xchg(&h->mask, mask);
	if (old)
		bpf_cpumask_release(old);
	return 0;
}
SEC("tp_btf/task_newtask") int kptr_where_none_is(void *ctx)
{
	u32 key = 0;
	struct listed *l = map_lookup_elem(&lists, &key);
	if (l)
		kptr_xchg(l, 0);
	return 0;
}
SEC("tp_btf/task_newtask") int kptr_of_another_type(void *ctx)
{
	u32 key = 0;
	struct holder *h = map_lookup_elem(&holders, &key);
	struct item *i;
	if (!h)
		return 0;
	i = NEW(struct item);
	if (!i)
		return 0;
	kptr_xchg(&h->mask, i);
	return 0;
}
GPL;
