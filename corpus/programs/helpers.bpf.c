/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
/* Arguments of helpers, and maps that may not be used so. */
#define NAKED __attribute__((naked))
#define END "9: r0 = 0; exit;"
enum { MAP_STACK_TRACE = 7, MAP_HASH_ = 1, F_RDONLY_PROG = 128, F_WRONLY_PROG = 256 };
struct bpf_spin_lock { u32 val; };
struct bpf_timer { u64 opaque[2]; } __attribute__((aligned(8)));
struct locked { struct bpf_spin_lock lock; u32 count; };
struct timed { struct bpf_timer timer; u64 count; };
struct { __uint(type, MAP_HASH); __type(key, u32); __type(value, u64[2]); __uint(max_entries, 8); } plain SEC(".maps");
struct { __uint(type, MAP_ARRAY); __type(key, u32); __type(value, u64); __uint(max_entries, 1); __uint(map_flags, F_WRONLY_PROG); } write_only SEC(".maps");
struct { __uint(type, MAP_ARRAY); __type(key, u32); __type(value, u64); __uint(max_entries, 1); __uint(map_flags, F_RDONLY_PROG); } read_only SEC(".maps");
struct { __uint(type, MAP_STACK_TRACE); __uint(key_size, 4); __uint(value_size, 64); __uint(max_entries, 8); } traces SEC(".maps");
struct { __uint(type, MAP_ARRAY); __type(key, u32); __type(value, struct locked); __uint(max_entries, 1); } locks SEC(".maps");
struct { __uint(type, MAP_ARRAY); __type(key, u32); __type(value, struct timed); __uint(max_entries, 1); } timers SEC(".maps");
#define LOOKUP(map) "r6 = r1; *(u32 *)(r10 - 4) = 0; r2 = r10; r2 += -4; r1 = %[" #map "] ll; call 1; if r0 == 0 goto 9f;"
#define MAP(map) [map]"i"(&map)

/* Lengths: bpf_skb_load_bytes(skb, offset, to, length) */
SEC("socket") NAKED int length_may_be_negative(void) { asm volatile("r4 = *(u32 *)(r1 + 0); r4 <<= 32; r4 s>>= 32; r2 = 0; r3 = r10; r3 += -64; call 26;" END); }
SEC("socket") NAKED int length_unbounded(void) { asm volatile("r4 = *(u32 *)(r1 + 0); r4 += 1; r2 = 0; r3 = r10; r3 += -64; call 26;" END); }
SEC("socket") NAKED int length_may_be_zero(void) { asm volatile("r4 = *(u32 *)(r1 + 0); r4 &= 63; r2 = 0; r3 = r10; r3 += -64; call 26;" END); }
SEC("socket") NAKED int length_checked(void) { asm volatile("r4 = *(u32 *)(r1 + 0); r4 &= 63; if r4 == 0 goto 9f; r2 = 0; r3 = r10; r3 += -64; call 26;" END); }
SEC("socket") NAKED int context_for_a_map(void) { asm volatile("*(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; call 1;" END); }
SEC("socket") NAKED int a_map_for_a_map(void) { asm volatile("*(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r1 = %[plain] ll; call 1;" END :: MAP(plain)); }
SEC("tc") NAKED int packet_for_a_buffer(void) { asm volatile("r3 = *(u32 *)(r1 + 76); r5 = *(u32 *)(r1 + 80); r2 = r3; r2 += 8; if r2 > r5 goto 9f; r2 = 0; r4 = 8; call 26;" END); }
SEC("tc") NAKED int stack_for_a_buffer(void) { asm volatile("r3 = r10; r3 += -8; r2 = 0; r4 = 8; call 26;" END); }
SEC("lwt_in") NAKED int writes_a_shared_packet(void) { asm volatile("r3 = *(u32 *)(r1 + 76); r5 = *(u32 *)(r1 + 80); r2 = r3; r2 += 8; if r2 > r5 goto 9f; *(u8 *)(r3 + 0) = 0;" END); }
SEC("lwt_in") NAKED int reads_a_shared_packet(void) { asm volatile("r3 = *(u32 *)(r1 + 76); r5 = *(u32 *)(r1 + 80); r2 = r3; r2 += 8; if r2 > r5 goto 9f; r0 = *(u8 *)(r3 + 0);" END); }
SEC("tracepoint/syscalls/sys_enter_execve") NAKED int sleeps_where_it_may_not(void) { asm volatile("r1 = r10; r1 += -8; r2 = 8; r3 = 0; call 148;" END); }
SEC("tracepoint/syscalls/sys_enter_execve") NAKED int does_not_sleep(void) { asm volatile("r1 = r10; r1 += -8; r2 = 8; r3 = 0; call 112;" END); }

/* Maps */
SEC("socket") NAKED int reads_write_only(void) { asm volatile(LOOKUP(write_only) "r0 = *(u64 *)(r0 + 0);" END :: MAP(write_only)); }
SEC("socket") NAKED int writes_write_only(void) { asm volatile(LOOKUP(write_only) "*(u64 *)(r0 + 0) = 1;" END :: MAP(write_only)); }
SEC("socket") NAKED int writes_read_only_map(void) { asm volatile(LOOKUP(read_only) "*(u64 *)(r0 + 0) = 1;" END :: MAP(read_only)); }
SEC("socket") NAKED int reads_read_only_map(void) { asm volatile(LOOKUP(read_only) "r0 = *(u64 *)(r0 + 0);" END :: MAP(read_only)); }
SEC("socket") NAKED int looks_up_a_stack_trace(void) { asm volatile(LOOKUP(traces) END :: MAP(traces)); }
SEC("socket") NAKED int looks_up_a_hash(void) { asm volatile(LOOKUP(plain) END :: MAP(plain)); }
SEC("socket") NAKED int writes_the_map_itself(void) { asm volatile("r1 = %[plain] ll; *(u64 *)(r1 + 0) = 0;" END :: MAP(plain)); }
SEC("socket") NAKED int reads_before_the_map(void) { asm volatile("r1 = %[plain] ll; r0 = *(u64 *)(r1 - 8);" END :: MAP(plain)); }
SEC("socket") NAKED int no_map_at_all(void) { asm volatile(".8byte 0x1118; .8byte 0; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; call 1;" END); }
SEC("tc") NAKED int lock_read_directly(void) { asm volatile(LOOKUP(locks) "r0 = *(u32 *)(r0 + 0);" END :: MAP(locks)); }
SEC("tc") NAKED int count_beside_the_lock(void) { asm volatile(LOOKUP(locks) "r0 = *(u32 *)(r0 + 4);" END :: MAP(locks)); }
SEC("tracepoint/syscalls/sys_enter_execve") NAKED int lock_while_tracing(void) { asm volatile(LOOKUP(locks) END :: MAP(locks)); }
SEC("tracepoint/syscalls/sys_enter_execve") NAKED int timer_while_tracing(void) { asm volatile(LOOKUP(timers) END :: MAP(timers)); }
SEC("tracepoint/syscalls/sys_enter_execve") NAKED int plain_map_while_tracing(void) { asm volatile(LOOKUP(plain) END :: MAP(plain)); }

/* Locks: bpf_spin_lock(lock), bpf_spin_unlock(lock) */
SEC("tc") NAKED int lock_kept(void) { asm volatile(LOOKUP(locks) "r6 = r0; r1 = r0; call 93; r0 = 0; exit;" END :: MAP(locks)); }
SEC("tc") NAKED int lock_released(void) { asm volatile(LOOKUP(locks) "r6 = r0; r1 = r0; call 93; r1 = r6; call 94;" END :: MAP(locks)); }
SEC("tc") NAKED int calls_while_locked(void) { asm volatile(LOOKUP(locks) "r6 = r0; r1 = r0; call 93; call 7; r1 = r6; call 94;" END :: MAP(locks)); }
SEC("tc") NAKED int unlocks_unlocked(void) { asm volatile(LOOKUP(locks) "r1 = r0; call 94;" END :: MAP(locks)); }

/* Sockets: __sk_buff.sk is at 168; bpf_sk_release(sk) */
SEC("tc") NAKED int releases_what_it_did_not_acquire(void) { asm volatile("r1 = *(u64 *)(r1 + 168); if r1 == 0 goto 9f; call 86;" END); }
SEC("tc") NAKED int releases_what_it_acquired(void)
{
	asm volatile("*(u64 *)(r10 - 8) = 0; *(u64 *)(r10 - 16) = 0; r2 = r10; r2 += -16; r3 = 12; r4 = -1; r5 = 0; call 84; if r0 == 0 goto 9f; r1 = r0; call 86;" END);
}
SEC("tc") NAKED int socket_read_too_far(void) { asm volatile("r1 = *(u64 *)(r1 + 168); if r1 == 0 goto 9f; r0 = *(u64 *)(r1 + 8);" END); }
SEC("tc") NAKED int socket_read(void) { asm volatile("r1 = *(u64 *)(r1 + 168); if r1 == 0 goto 9f; r0 = *(u32 *)(r1 + 4);" END); }

/* Buffers of raw tracepoints */
SEC("raw_tp.w/bpf_test_finish") NAKED int buffer_variable(void) { asm volatile("r6 = *(u64 *)(r1 + 0); r2 = *(u64 *)(r1 + 8); w2 = w2; r6 += r2; r0 = *(u32 *)(r6 + 0);" END); }
SEC("raw_tp.w/bpf_test_finish") NAKED int buffer_before(void) { asm volatile("r6 = *(u64 *)(r1 + 0); r0 = *(u32 *)(r6 - 4);" END); }
SEC("raw_tp.w/bpf_test_finish") NAKED int buffer_constant(void) { asm volatile("r6 = *(u64 *)(r1 + 0); r0 = *(u32 *)(r6 + 0);" END); }

SEC("cgroup/sock_create") NAKED int returns_a_pointer(void) { asm volatile("r0 = r1; exit;"); }
GPL;
