/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
#define NAKED __attribute__((naked))
SEC("socket") NAKED int no_return_value(struct __sk_buff *skb) { asm volatile("exit;"); }
SEC("socket") NAKED int lost_in_a_call(struct __sk_buff *skb) { asm volatile("r3 = 1; call 7; r0 = r3; exit;"); }
SEC("socket") NAKED int kept_over_a_call(struct __sk_buff *skb) { asm volatile("r6 = 1; call 7; r0 = r6; exit;"); }
SEC("socket") NAKED int writes_frame_pointer(struct __sk_buff *skb) { asm volatile("r10 = 0; r0 = 0; exit;"); }
SEC("socket") NAKED int scalar_as_pointer(struct __sk_buff *skb) { asm volatile("r1 = 4096; r0 = *(u64 *)(r1 + 0); exit;"); }
SEC("socket") NAKED int pointer_shifted(struct __sk_buff *skb) { asm volatile("r1 <<= 1; r0 = 0; exit;"); }
SEC("socket") NAKED int divides_by_zero(struct __sk_buff *skb) { asm volatile("r0 = 1; r0 /= 0; exit;"); }
SEC("socket") NAKED int unknown_helper(struct __sk_buff *skb) { asm volatile("call 4000; r0 = 0; exit;"); }
SEC("socket") NAKED int helper_of_another_type(struct __sk_buff *skb) { asm volatile("r2 = 0; call 44; r0 = 0; exit;"); }
SEC("socket") NAKED int field_not_allowed(struct __sk_buff *skb) { asm volatile("r0 = *(u32 *)(r1 + 76); exit;"); }
SEC("socket") NAKED int unreachable_code(struct __sk_buff *skb) { asm volatile("r0 = 0; exit; r0 = 1; exit;"); }
SEC("cgroup/sock_create") NAKED int returns_too_much(void *ctx) { asm volatile("r0 = 2; exit;"); }
SEC("cgroup/sock_create") NAKED int returns_one(void *ctx) { asm volatile("r0 = 1; exit;"); }
GPL;
