/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
/* Kernel functions and kernel objects: trust, references, sections, iterators, dynptrs. */
#define CORE __attribute__((preserve_access_index))
#define KSYM __attribute__((section(".ksyms")))
struct task_struct { int pid; struct task_struct *real_parent, *last_wakee; char comm[16]; } CORE;
struct cgroup { int level; } CORE;
struct sk_buff { char cb[48]; } CORE;
struct cpumask { u64 bits[1]; } CORE;
struct bpf_cpumask { struct cpumask cpumask; } CORE;
struct bpf_dynptr { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_iter_num { u64 opaque[1]; } __attribute__((aligned(8)));
typedef struct cpumask cpumask_t;

extern struct task_struct *bpf_task_acquire(struct task_struct *p) KSYM;
extern struct task_struct *bpf_task_from_pid(s32 pid) KSYM;
extern void bpf_task_release(struct task_struct *p) KSYM;
extern struct bpf_cpumask *bpf_cpumask_create(void) KSYM;
extern void bpf_cpumask_release(struct bpf_cpumask *mask) KSYM;
extern void bpf_cpumask_set_cpu(u32 cpu, struct bpf_cpumask *mask) KSYM;
extern void bpf_rcu_read_lock(void) KSYM;
extern void bpf_rcu_read_unlock(void) KSYM;
extern void bpf_preempt_disable(void) KSYM;
extern void bpf_preempt_enable(void) KSYM;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) KSYM;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) KSYM;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) KSYM;
extern int bpf_dynptr_from_skb(struct __sk_buff *skb, u64 flags, struct bpf_dynptr *ptr) KSYM;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *p, u32 offset, void *buffer, u32 size) KSYM;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *p, u32 offset, void *buffer, u32 size) KSYM;
extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, u64 *timestamp) KSYM;
extern void *bpf_rdonly_cast(const void *obj, u32 btf_id) KSYM;

static struct task_struct *(*const get_current_task_btf)(void) = (void *)158;
static long (*const ringbuf_reserve_dynptr)(void *ringbuf, u32 size, u64 flags, struct bpf_dynptr *ptr) = (void *)198;
static void (*const ringbuf_submit_dynptr)(struct bpf_dynptr *ptr, u64 flags) = (void *)199;
static void (*const ringbuf_discard_dynptr)(struct bpf_dynptr *ptr, u64 flags) = (void *)200;
static long (*const dynptr_from_mem)(void *data, u32 size, u64 flags, struct bpf_dynptr *ptr) = (void *)197;
static long (*const dynptr_read)(void *dst, u32 len, const struct bpf_dynptr *src, u32 offset, u64 flags) = (void *)201;
static void *(*const cgrp_storage_get)(void *map, struct cgroup *cgroup, void *value, u64 flags) = (void *)210;
static long (*const copy_from_user_task)(void *dst, u32 size, const void *user_ptr, struct task_struct *tsk, u64 flags) = (void *)191;

struct { __uint(type, MAP_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, 32); __uint(map_flags, 1); __type(key, s32); __type(value, u64); } by_cgroup SEC(".maps");
struct { __uint(type, MAP_HASH); __type(key, u32); __type(value, u64[2]); __uint(max_entries, 8); } table SEC(".maps");
char data[16];
u32 any;
#define TASK "tp_btf/task_newtask"

SEC(TASK) int task_held(u64 *ctx)
{
	struct task_struct *task = bpf_task_acquire((void *)ctx[0]);
	if (task)
		bpf_task_release(task);
	return 0;
}
SEC(TASK) int task_may_be_null(u64 *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1), *again = bpf_task_acquire(task);
	if (again)
		bpf_task_release(again);
	if (task)
		bpf_task_release(task);
	return 0;
}
SEC(TASK) int task_tested(u64 *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1), *again;
	if (!task)
		return 0;
	again = bpf_task_acquire(task);
	if (again)
		bpf_task_release(again);
	bpf_task_release(task);
	return 0;
}
SEC(TASK) int task_never_released(u64 *ctx)
{
	struct task_struct *task = bpf_task_acquire((void *)ctx[0]);
	return 0;
}
SEC(TASK) int task_not_acquired(u64 *ctx)
{
	bpf_task_release((void *)ctx[0]);
	return 0;
}
SEC(TASK) int task_stale(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0], *other = bpf_task_acquire(task->last_wakee);
	if (other)
		bpf_task_release(other);
	return 0;
}
SEC(TASK) int task_from_rcu_released(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0], *parent;
	bpf_rcu_read_lock();
	parent = task->real_parent;
	if (parent)
		bpf_task_release(parent);
	bpf_rcu_read_unlock();
	return 0;
}
SEC(TASK) int task_is_on_the_stack(u64 *ctx)
{
	u64 fake[2] = {};
	struct task_struct *task = bpf_task_acquire((void *)fake);
	if (task)
		bpf_task_release(task);
	return 0;
}
SEC("kretprobe/do_exit") int task_in_a_probe(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1);
	if (task)
		bpf_task_release(task);
	return 0;
}
SEC(TASK) int mask_of_a_task(u64 *ctx)
{
	bpf_cpumask_set_cpu(0, (void *)ctx[0]);
	return 0;
}
SEC(TASK) int mask_of_its_own(u64 *ctx)
{
	struct bpf_cpumask *mask = bpf_cpumask_create();
	if (!mask)
		return 0;
	bpf_cpumask_set_cpu(0, mask);
	bpf_cpumask_release(mask);
	return 0;
}

SEC(TASK) int rcu_left_open(u64 *ctx)
{
	bpf_rcu_read_lock();
	return 0;
}
SEC(TASK) int rcu_paired(u64 *ctx)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return 0;
}
SEC(TASK) int preemption_left_off(u64 *ctx)
{
	bpf_preempt_disable();
	return 0;
}
SEC(TASK) int preemption_paired(u64 *ctx)
{
	bpf_preempt_disable();
	bpf_preempt_enable();
	return 0;
}

SEC(TASK) int writes_a_task(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	task->pid = 1;
	return 0;
}
SEC(TASK) int reads_a_task(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	return task->pid ? 0 : 0;
}
SEC("tp_btf/kfree_skb") int reads_past_a_member(u64 *ctx)
{
	struct sk_buff *skb = (void *)ctx[0];
	any = *(volatile u64 *)((char *)skb->cb + 44);
	return 0;
}
SEC("tp_btf/kfree_skb") int reads_within_a_member(u64 *ctx)
{
	struct sk_buff *skb = (void *)ctx[0];
	any = *(volatile u64 *)((char *)skb->cb + 40);
	return 0;
}
SEC(TASK) int reads_into_a_task(u64 *ctx)
{
	probe_read_kernel((void *)ctx[0], 8, 0);
	return 0;
}
SEC(TASK) int reads_into_the_stack(u64 *ctx)
{
	u64 to = 0;
	probe_read_kernel(&to, 8, (void *)ctx[0]);
	return 0;
}
SEC(TASK) int task_for_a_cgroup(u64 *ctx)
{
	cgrp_storage_get(&by_cgroup, (void *)ctx[0], 0, 0);
	return 0;
}
SEC("tp_btf/cgroup_mkdir") int cgroup_for_a_cgroup(u64 *ctx)
{
	cgrp_storage_get(&by_cgroup, (void *)ctx[0], 0, 0);
	return 0;
}
SEC("xdp") int metadata_anywhere(struct xdp_md *ctx)
{
	u64 when;
	bpf_xdp_metadata_rx_timestamp(ctx, &when);
	return 2;
}
SEC("xdp") int no_metadata(struct xdp_md *ctx) { return 2; }
SEC("tc") int cast_to_an_enum(struct __sk_buff *skb)
{
	int *p = bpf_rdonly_cast(skb, 1);
	return *p;
}

SEC("tc") int cast_to_a_struct(struct __sk_buff *skb)
{
	struct cgroup *p = bpf_rdonly_cast(skb, __builtin_btf_type_id(*(struct cgroup *)0, 1));
	return p->level & 1;
}

SEC(TASK) int iterator_not_made(u64 *ctx)
{
	struct bpf_iter_num it;
	bpf_iter_num_destroy(&it);
	return 0;
}
SEC(TASK) int iterator_made_twice(u64 *ctx)
{
	struct bpf_iter_num it;
	bpf_iter_num_new(&it, 0, 4);
	bpf_iter_num_new(&it, 0, 4);
	bpf_iter_num_destroy(&it);
	return 0;
}
SEC(TASK) int iterator_used(u64 *ctx)
{
	struct bpf_iter_num it;
	bpf_iter_num_new(&it, 0, 4);
	while (bpf_iter_num_next(&it))
		any++;
	bpf_iter_num_destroy(&it);
	return 0;
}
SEC(TASK) int iterator_read_as_bytes(u64 *ctx)
{
	struct bpf_iter_num it;
	bpf_iter_num_new(&it, 0, 4);
	any = *(volatile u32 *)&it;
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC(TASK) int dynptr_submitted(u64 *ctx)
{
	struct bpf_dynptr ptr;
	ringbuf_reserve_dynptr(&events, 8, 0, &ptr);
	ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}
SEC(TASK) int dynptr_never_reserved(u64 *ctx)
{
	struct bpf_dynptr ptr;
	ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}
SEC(TASK) int dynptr_read_uninitialised(u64 *ctx)
{
	struct bpf_dynptr ptr;
	dynptr_read(data, 8, &ptr, 0, 0);
	return 0;
}
SEC(TASK) int dynptr_read_initialised(u64 *ctx)
{
	struct bpf_dynptr ptr;
	dynptr_from_mem(data, 8, 0, &ptr);
	dynptr_read(&any, 4, &ptr, 0, 0);
	return 0;
}
SEC(TASK) int dynptr_overwritten(u64 *ctx)
{
	struct bpf_dynptr ptr;
	ringbuf_reserve_dynptr(&events, 8, 0, &ptr);
	*(volatile u64 *)&ptr = 0;
	ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}
SEC(TASK) int dynptr_overwritten_by_a_helper(u64 *ctx)
{
	struct bpf_dynptr ptr;
	dynptr_from_mem(data, 8, 0, &ptr);
	dynptr_read(&ptr, 8, &ptr, 0, 0);
	return 0;
}
SEC(TASK) int dynptr_in_the_middle(u64 *ctx)
{
	struct bpf_dynptr ptr[2];
	dynptr_from_mem(data, 8, 0, (void *)((char *)ptr + 4));
	return 0;
}
SEC(TASK) int dynptr_from_the_stack(u64 *ctx)
{
	struct bpf_dynptr ptr;
	u64 here = 0;
	dynptr_from_mem(&here, 8, 0, &ptr);
	return 0;
}
SEC(TASK) int dynptr_read_as_bytes(u64 *ctx)
{
	struct bpf_dynptr ptr;
	dynptr_from_mem(data, 8, 0, &ptr);
	any = *(volatile u32 *)&ptr;
	return 0;
}
SEC(TASK) int dynptr_into_a_map(u64 *ctx)
{
	struct bpf_dynptr ptr;
	u32 key = 0;
	dynptr_from_mem(data, 8, 0, &ptr);
	map_update_elem(&table, &key, &ptr, 0);
	return 0;
}

SEC("tc") int slice_read(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	char buffer[8] = {};
	bpf_dynptr_from_skb(skb, 0, &ptr);
	char *p = bpf_dynptr_slice(&ptr, 0, buffer, 8);
	return p ? *p : 0;
}
SEC("tc") int slice_written(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	char buffer[8] = {};
	bpf_dynptr_from_skb(skb, 0, &ptr);
	char *p = bpf_dynptr_slice(&ptr, 0, buffer, 8);
	if (p)
		*p = 1;
	return 0;
}
SEC("tc") int slice_of_any_length(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	char buffer[8] = {};
	bpf_dynptr_from_skb(skb, 0, &ptr);
	char *p = bpf_dynptr_slice(&ptr, 0, buffer, skb->len & 7);
	return p ? *p : 0;
}
SEC("tc") int slice_longer_than_its_buffer(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	char buffer[8] = {};
	bpf_dynptr_from_skb(skb, 0, &ptr);
	char *p = bpf_dynptr_slice(&ptr, 0, buffer, 64);
	return p ? *p : 0;
}
SEC("cgroup_skb/egress") int slice_to_write_where_none_may(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	char buffer[8] = {};
	bpf_dynptr_from_skb(skb, 0, &ptr);
	char *p = bpf_dynptr_slice_rdwr(&ptr, 0, buffer, 8);
	return p ? 1 : 0;
}
SEC("cgroup_skb/egress") int slice_to_read_where_none_may_write(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	char buffer[8] = {};
	bpf_dynptr_from_skb(skb, 0, &ptr);
	char *p = bpf_dynptr_slice(&ptr, 0, buffer, 8);
	return p ? 1 : 0;
}
GPL;
