/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
/* Events through a ring buffer, with a CO-RE read of the task. */
struct task_struct { int tgid; struct task_struct *real_parent; } __attribute__((preserve_access_index));
struct event { u32 pid, ppid; char comm[16]; };

struct { __uint(type, MAP_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_execve") int execsnoop(void *ctx)
{
	struct event *e = ringbuf_reserve(&events, sizeof(*e), 0);
	struct task_struct *task, *parent = 0;
	if (!e)
		return 0;
	task = get_current_task();
	e->pid = get_current_pid_tgid() >> 32;
	probe_read_kernel(&parent, sizeof(parent), &task->real_parent);
	e->ppid = 0;
	probe_read_kernel(&e->ppid, sizeof(e->ppid), &parent->tgid);
	get_current_comm(e->comm, sizeof(e->comm));
	ringbuf_submit(e, 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_execve") int forgets_null_check(void *ctx)
{
	struct event *e = ringbuf_reserve(&events, sizeof(*e), 0);
	e->pid = 1;
	ringbuf_submit(e, 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_execve") int forgets_submit(void *ctx)
{
	struct event *e = ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e)
		return 0;
	e->pid = 1;
	if (e->pid == get_prandom_u32())
		return 0;
	ringbuf_submit(e, 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_execve") int uses_after_submit(void *ctx)
{
	struct event *e = ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e)
		return 0;
	ringbuf_submit(e, 0);
	e->pid = 1;
	return 0;
}
GPL;
