/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
/* Every kind of CO-RE relocation: of fields (bit-fields, arrays, nested and anonymous members, flavours, what the kernel does
 * not have), types and enumerators. */
#define CORE __attribute__((preserve_access_index))

enum { BYTE_OFFSET = 0, BYTE_SIZE, EXISTS, SIGNED, LSHIFT, RSHIFT };
#define field(x, kind) __builtin_preserve_field_info(x, kind)
#define type_exists(t) __builtin_preserve_type_info(*(t *)0, 0)
#define type_size(t) __builtin_preserve_type_info(*(t *)0, 1)
#define type_matches(t) __builtin_preserve_type_info(*(t *)0, 2)
#define type_id_local(t) __builtin_btf_type_id(*(t *)0, 0)
#define type_id_kernel(t) __builtin_btf_type_id(*(t *)0, 1)
#define enumerator_exists(t, e) __builtin_preserve_enum_value(*(typeof(t) *)e, 0)
#define enumerator_value(t, e) __builtin_preserve_enum_value(*(typeof(t) *)e, 1)

struct list_head { struct list_head *next, *prev; } CORE;
struct sched_entity { u64 vruntime; } CORE;
struct task_struct {
	int pid, tgid;
	char comm[16];
	unsigned in_execve : 1;
	struct list_head tasks;
	struct sched_entity se;
	struct task_struct *real_parent;
	u64 start_time;
} CORE;
struct task_struct___gone { int no_such_field; } CORE;
struct task_struct___wide { u64 pid; } CORE;
struct no_such_struct { int x; } CORE;
struct sk_buff { unsigned len; unsigned char pkt_type : 3; unsigned char *data; } CORE;
struct bpf_map { u32 key_size, max_entries; char name[16]; } CORE;
struct list_head___copy { struct list_head *next, *prev; } CORE;
typedef int pid_t___local;
typedef unsigned int gfp_t;
enum bpf_map_type { BPF_MAP_TYPE_RINGBUF = 1, BPF_MAP_TYPE_NONE_SUCH = 2 };
enum bpf_map_type___local { BPF_MAP_TYPE_HASH = 7 };

u64 sink;

SEC("raw_tp/task_rename") int fields(void *ctx)
{
	struct task_struct *t = get_current_task();
	u64 v = 0;
	probe_read_kernel(&v, 4, &t->pid);
	probe_read_kernel(&v, 8, &t->comm[3]);
	probe_read_kernel(&v, 8, &t->tasks.prev);
	probe_read_kernel(&v, 8, &t->se.vruntime);
	probe_read_kernel(&v, 8, &t[1].start_time);
	v += field(t->comm, BYTE_SIZE) + field(t->comm, EXISTS) + field(t->pid, SIGNED) + field(t->se.vruntime, SIGNED);
	v += field(((struct task_struct___gone *)t)->no_such_field, EXISTS);
	v += field(((struct task_struct___wide *)t)->pid, BYTE_SIZE);
	sink = v;
	return 0;
}

SEC("raw_tp/task_rename") int bit_fields(void *ctx)
{
	struct task_struct *t = get_current_task();
	struct sk_buff *skb = (void *)t;
	u64 v = 0;
	probe_read_kernel(&v, field(t->in_execve, BYTE_SIZE), (void *)t + field(t->in_execve, BYTE_OFFSET));
	v = (v << field(t->in_execve, LSHIFT)) >> field(t->in_execve, RSHIFT);
	v += field(skb->pkt_type, BYTE_OFFSET) + field(skb->pkt_type, LSHIFT) + field(skb->pkt_type, RSHIFT) + field(skb->pkt_type, SIGNED);
	sink = v;
	return 0;
}

SEC("raw_tp/task_rename") int types(void *ctx)
{
	u64 v = type_exists(struct task_struct) + type_exists(struct no_such_struct) + type_size(struct bpf_map) + type_size(struct no_such_struct);
	v += type_matches(struct list_head) + type_matches(struct list_head___copy) + type_matches(struct task_struct) + type_matches(gfp_t);
	v += type_id_local(struct task_struct) + type_id_kernel(struct task_struct) + type_id_kernel(struct no_such_struct);
	v += type_exists(pid_t___local);
	sink = v;
	return 0;
}

SEC("raw_tp/task_rename") int enumerators(void *ctx)
{
	u64 v = enumerator_exists(enum bpf_map_type, BPF_MAP_TYPE_RINGBUF) + enumerator_value(enum bpf_map_type, BPF_MAP_TYPE_RINGBUF);
	v += enumerator_exists(enum bpf_map_type, BPF_MAP_TYPE_NONE_SUCH) + enumerator_value(enum bpf_map_type___local, BPF_MAP_TYPE_HASH);
	sink = v;
	return 0;
}

/* The kernel's field is reached directly, so that the instruction itself is of another width, or is poisoned. */
SEC("tp_btf/task_rename") int direct(u64 *ctx)
{
	struct task_struct *t = (void *)ctx[0];
	sink = t->pid + ((struct task_struct___wide *)t)->pid;
	return 0;
}

SEC("raw_tp/task_rename") int missing_field(void *ctx)
{
	struct task_struct___gone *t = get_current_task();
	int v = 0;
	probe_read_kernel(&v, sizeof(v), &t->no_such_field);
	return 0;
}

SEC("raw_tp/task_rename") int missing_field_guarded(void *ctx)
{
	struct task_struct___gone *t = get_current_task();
	int v = 0;
	if (field(t->no_such_field, EXISTS))
		probe_read_kernel(&v, sizeof(v), &t->no_such_field);
	return 0;
}
GPL;
