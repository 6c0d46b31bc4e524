/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A variable of the kernel by its type, and by its address alone. Whether the kernel knows the address is a matter of its configuration: without
 * CONFIG_KALLSYMS_ALL its symbol table has functions only. */
#include "bpf.h"

#define __ksym __attribute__((section(".ksyms")))

struct rq { int cpu; };
extern const struct rq runqueues __ksym;
extern const void init_task __ksym __attribute__((weak));

static void *(*const this_cpu_ptr)(const void *variable) = (void *)154;

SEC("raw_tp/sys_enter") int variable_by_its_type(void *ctx) { return this_cpu_ptr(&runqueues) != 0; }
SEC("raw_tp/sys_enter") int variable_by_its_address(void *ctx)
{
	u64 head = 0;
	if (&init_task)
		probe_read_kernel(&head, sizeof(head), &init_task);
	return head != 0;
}

GPL;
