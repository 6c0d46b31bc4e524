// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Objects that a program allocates: kept in a map value by a pointer, or in a list; who owns them, and what is left after.
#include "bpf.h"

#define __ksym __attribute__((section(".ksyms")))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))
#define __contains(type, member) __attribute__((btf_decl_tag("contains:" #type ":" #member)))
#define local_type_id(type) __builtin_btf_type_id(*(type *)0, 0)
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - __builtin_offsetof(type, member)))

struct bpf_spin_lock { u32 val; };
struct bpf_list_head { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_node { u64 opaque[3]; } __attribute__((aligned(8)));
struct task_struct { s32 pid; };

extern void *bpf_obj_new_impl(u64 local_type_id, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *p, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;

static void (*const spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static void (*const spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;
static void *(*const kptr_xchg)(void *dst, void *ptr) = (void *)194;
static struct task_struct *(*const get_current_task_btf)(void) = (void *)158;

struct item { u64 value; struct bpf_list_node node; };
struct holder { struct item __kptr *own; struct task_struct __kptr *task; struct task_struct __kptr_untrusted *seen; };

struct {
	__uint(type, MAP_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct holder);
} holders SEC(".maps");

static struct bpf_spin_lock lock SEC(".data.queue");
static struct bpf_list_head queue __contains(item, node) SEC(".data.queue");

static __attribute__((always_inline)) struct holder *holder(void)
{
	u32 zero = 0;
	return map_lookup_elem(&holders, &zero);
}
static __attribute__((always_inline)) struct item *new_item(void) { return bpf_obj_new_impl(local_type_id(struct item), 0); }

SEC("tc")
int keeps_object(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct item *i = h ? new_item() : 0;
	if (!i)
		return 0;
	i->value = skb->len;
	i = kptr_xchg(&h->own, i);
	if (i)
		bpf_obj_drop_impl(i, 0);
	return 0;
}

SEC("tc")
int keeps_task(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t = h ? bpf_task_acquire(get_current_task_btf()) : 0;
	if (!t)
		return 0;
	t = kptr_xchg(&h->task, t);
	if (t)
		bpf_task_release(t);
	return 0;
}

SEC("tc")
int notes_task(struct __sk_buff *skb)
{
	struct holder *h = holder();
	if (h)
		h->seen = get_current_task_btf();
	return 0;
}

SEC("tc")
int queues_and_takes(struct __sk_buff *skb)
{
	struct item *i = new_item();
	struct bpf_list_node *n;
	if (!i)
		return 0;
	spin_lock(&lock);
	bpf_list_push_front_impl(&queue, &i->node, 0, 0);
	i->value = 1;
	n = bpf_list_pop_front(&queue);
	spin_unlock(&lock);
	if (n)
		bpf_obj_drop_impl(container_of(n, struct item, node), 0);
	return 0;
}

SEC("tc")
int forgets_what_was_there(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct item *i = h ? new_item() : 0;
	if (i)
		kptr_xchg(&h->own, i);
	return 0;
}

SEC("tc")
int uses_after_giving(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct item *i = h ? new_item() : 0, *old;
	if (!i)
		return 0;
	old = kptr_xchg(&h->own, i);
	if (old)
		bpf_obj_drop_impl(old, 0);
	return i->value;
}

SEC("tc")
int stores_over_owned(struct __sk_buff *skb)
{
	struct holder *h = holder();
	if (h)
		*(volatile u64 *)&h->task = 0;
	return 0;
}

SEC("tc")
int puts_other_type(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct item *i = h ? new_item() : 0;
	if (i)
		kptr_xchg(&h->task, i);
	return 0;
}

SEC("tc")
int xchg_of_borrowed(struct __sk_buff *skb)
{
	struct holder *h = holder();
	if (h)
		kptr_xchg(&h->seen, 0);
	return 0;
}

SEC("tc")
int releases_loaded(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t = h ? h->task : 0;
	if (t)
		bpf_task_release(t);
	return 0;
}

SEC("tc")
int list_without_lock(struct __sk_buff *skb)
{
	struct item *i = new_item();
	if (i)
		bpf_list_push_front_impl(&queue, &i->node, 0, 0);
	return 0;
}

SEC("tc")
int reads_after_unlock(struct __sk_buff *skb)
{
	struct item *i = new_item();
	if (!i)
		return 0;
	spin_lock(&lock);
	bpf_list_push_front_impl(&queue, &i->node, 0, 0);
	spin_unlock(&lock);
	return i->value;
}

GPL;
