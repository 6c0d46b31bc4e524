/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
char _license[] SEC("license") = "Proprietary";
SEC("tracepoint/syscalls/sys_enter_execve") int gpl_only_helper(void *ctx)
{
	u64 v = 0;
	probe_read_kernel(&v, sizeof(v), ctx);
	return (int)v;
}
SEC("tracepoint/syscalls/sys_enter_execve") int free_helper(void *ctx) { return (int)ktime_get_ns() & 1; }
