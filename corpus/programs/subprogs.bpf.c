/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
/* Functions of the program's own: global ones, callbacks, exceptions; and the stack that they share. */
#define KSYM __attribute__((section(".ksyms")))
#define TAG(text) __attribute__((btf_decl_tag(text)))
struct bpf_spin_lock { u32 val; };
struct bpf_dynptr { u64 opaque[2]; } __attribute__((aligned(8)));
struct locked { struct bpf_spin_lock lock; u32 count; };
struct bpf_iter__bpf_map_elem { u64 meta, map, key, value; };
struct { __uint(type, MAP_ARRAY); __type(key, u32); __type(value, struct locked); __uint(max_entries, 1); } locks SEC(".maps");
struct { __uint(type, 31); __uint(max_entries, 4096); } from_user SEC(".maps");
extern void bpf_throw(u64 cookie) KSYM;
static void (*const spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static void (*const spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;
static long (*const loop)(u32 count, void *callback, void *ctx, u64 flags) = (void *)181;
static long (*const user_ringbuf_drain)(void *map, void *callback, void *ctx, u64 flags) = (void *)209;
static void (*const ringbuf_discard_dynptr)(struct bpf_dynptr *ptr, u64 flags) = (void *)200;
static long (*const dynptr_read)(void *dst, u32 len, const struct bpf_dynptr *src, u32 offset, u64 flags) = (void *)201;
u64 any;

noinline int takes_a_context(struct __sk_buff *skb) { return (int)skb->len & 1; }
noinline u64 gives_a_number(void)
{
	asm volatile("");
	return any;
}
SEC("tc") int passes_a_number(struct __sk_buff *skb) { return takes_a_context((void *)(long)skb->len); }
SEC("tc") int passes_the_context(struct __sk_buff *skb) { return takes_a_context(skb); }
SEC("tc") int calls_for_a_number(struct __sk_buff *skb) { return (int)gives_a_number() & 1; }

#define LEVEL(n, next) noinline int level##n(struct __sk_buff *skb) { return next(skb) + 1; }
noinline int level9(struct __sk_buff *skb) { return (int)skb->len & 1; }
LEVEL(8, level9) LEVEL(7, level8) LEVEL(6, level7) LEVEL(5, level6) LEVEL(4, level5) LEVEL(3, level4) LEVEL(2, level3) LEVEL(1, level2)
SEC("tc") int nine_levels_deep(struct __sk_buff *skb) { return level1(skb); }
SEC("tc") int two_levels_deep(struct __sk_buff *skb) { return level8(skb); }

static noinline void reads_the_old_way(struct __sk_buff *skb) { asm volatile("r6 = %0; .8byte 0x30; r0 = 0;" :: "r"(skb) : "r0", "r1", "r2", "r3", "r4", "r5", "r6"); }
static noinline int reads_the_old_way_with_result(struct __sk_buff *skb)
{
	int byte;
	asm volatile("r6 = %1; .8byte 0x30; %0 = r0;" : "=r"(byte) : "r"(skb) : "r0", "r1", "r2", "r3", "r4", "r5", "r6");
	return byte;
}
SEC("socket") int old_way_without_result(struct __sk_buff *skb)
{
	reads_the_old_way(skb);
	return 0;
}
SEC("socket") int old_way_with_result(struct __sk_buff *skb) { return reads_the_old_way_with_result(skb); }

SEC("tc") int global_call_while_locked(struct __sk_buff *skb)
{
	u32 key = 0;
	struct locked *l = map_lookup_elem(&locks, &key);
	if (!l)
		return 0;
	spin_lock(&l->lock);
	l->count += (u32)gives_a_number();
	spin_unlock(&l->lock);
	return 0;
}
static noinline u32 static_number(u32 x) { return x * 3; }
SEC("tc") int static_call_while_locked(struct __sk_buff *skb)
{
	u32 key = 0;
	struct locked *l = map_lookup_elem(&locks, &key);
	if (!l)
		return 0;
	spin_lock(&l->lock);
	l->count = static_number(l->count);
	spin_unlock(&l->lock);
	return 0;
}

static int throws(u32 i, void *ctx)
{
	bpf_throw(0);
	return 0;
}
static int counts(u32 i, void *ctx)
{
	any++;
	return 0;
}
SEC("tc") int throws_from_a_callback(struct __sk_buff *skb)
{
	loop(4, throws, 0, 0);
	return 0;
}
SEC("tc") int throws_from_the_program(struct __sk_buff *skb)
{
	loop(4, counts, 0, 0);
	if (any > 100)
		bpf_throw(0);
	return 0;
}
noinline int catches(u64 cookie) { return 0; }
noinline u64 *catches_with_a_pointer(u64 cookie) { return &any; }
TAG("exception_callback:catches_with_a_pointer") SEC("tc") int caught_with_a_pointer(struct __sk_buff *skb)
{
	if (any > 100)
		bpf_throw(0);
	return 0;
}
noinline int catches_two(u64 cookie, u64 more) { return 0; }
TAG("exception_callback:catches") SEC("tc") int caught(struct __sk_buff *skb)
{
	if (any > 100)
		bpf_throw(0);
	return 0;
}
TAG("exception_callback:catches_two") SEC("tc") int caught_with_two_arguments(struct __sk_buff *skb)
{
	if (any > 100)
		bpf_throw(0);
	return 0;
}
noinline int catches_too(u64 cookie) { return 1; }
TAG("exception_callback:catches") TAG("exception_callback:catches_too") SEC("tc") int caught_twice(struct __sk_buff *skb)
{
	if (any > 100)
		bpf_throw(0);
	return 0;
}

static long reads_message(struct bpf_dynptr *message, void *ctx)
{
	dynptr_read(&any, 8, message, 0, 0);
	return 0;
}
static long discards_message(struct bpf_dynptr *message, void *ctx)
{
	ringbuf_discard_dynptr(message, 0);
	return 0;
}
SEC("tracepoint/syscalls/sys_enter_execve") int message_read(void *ctx)
{
	user_ringbuf_drain(&from_user, reads_message, 0, 0);
	return 0;
}
SEC("tracepoint/syscalls/sys_enter_execve") int message_discarded(void *ctx)
{
	user_ringbuf_drain(&from_user, discards_message, 0, 0);
	return 0;
}
SEC("iter/bpf_map_elem") int element_read_before_its_start(struct bpf_iter__bpf_map_elem *ctx)
{
	u64 *value = (void *)ctx->value;
	if (value)
		any = value[-1];
	return 0;
}
SEC("iter/bpf_map_elem") int element_read(struct bpf_iter__bpf_map_elem *ctx)
{
	u64 *value = (void *)ctx->value;
	if (value)
		any = value[0];
	return 0;
}
GPL;
