/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that end by bpf_throw, and the callback that gives their result. */
#include "bpf.h"

#define __ksym __attribute__((section(".ksyms")))
#define exception_cb(name) __attribute__((btf_decl_tag("exception_callback:" #name)))
extern void bpf_throw(u64 cookie) __ksym;

static long (*const loop)(u32 nr, void *fn, void *ctx, u64 flags) = (void *)181;

struct { __uint(type, MAP_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");

SEC("tc") int throws(struct __sk_buff *ctx)
{
	if (ctx->len > 10) bpf_throw(1);
	return 0;
}
SEC("cgroup_skb/ingress") int throws_forbidden_value(struct __sk_buff *ctx)
{
	if (ctx->len > 10) bpf_throw(7);
	return 1;
}
SEC("cgroup_skb/ingress") int throws_unknown_value(struct __sk_buff *ctx)
{
	bpf_throw(ctx->len);
	return 1;
}
SEC("tc") int throws_with_reference(struct __sk_buff *ctx)
{
	void *r = ringbuf_reserve(&ring, 8, 0);
	if (!r) return 0;
	if (ctx->len > 10) bpf_throw(1);
	ringbuf_submit(r, 0);
	return 0;
}
static noinline int throwing(struct __sk_buff *ctx)
{
	if (ctx->len > 10) bpf_throw(1);
	return 1;
}
SEC("tc") int subprogram_throws(struct __sk_buff *ctx) { return throwing(ctx); }
noinline int global_throwing(struct __sk_buff *ctx)
{
	volatile int one = 1;
	if (ctx->len > 10) bpf_throw(1);
	return one;
}
SEC("tc") int global_subprogram_throws(struct __sk_buff *ctx) { return global_throwing(ctx); }

static int callback_throwing(u64 i, void *p)
{
	bpf_throw(1);
	return 0;
}
SEC("tc") int callback_throws(struct __sk_buff *ctx)
{
	loop(5, callback_throwing, 0, 0);
	return 0;
}
static int callback_calls(u64 i, struct __sk_buff **ctx) { return global_throwing(*ctx) & 1; }
SEC("tc") int callback_calls_thrower(struct __sk_buff *ctx)
{
	loop(5, callback_calls, &ctx, 0);
	return 0;
}

noinline int gives_one(u64 cookie) { return 1; }
SEC("cgroup_skb/ingress") exception_cb(gives_one) int caught(struct __sk_buff *ctx)
{
	bpf_throw(ctx->len);
	return 1;
}
noinline int gives_nine(u64 cookie) { return 9; }
SEC("cgroup_skb/ingress") exception_cb(gives_nine) int caught_with_nine(struct __sk_buff *ctx)
{
	bpf_throw(ctx->len);
	return 1;
}
noinline int gives_cookie(u64 cookie) { return cookie; }
SEC("cgroup_skb/ingress") exception_cb(gives_cookie) int caught_with_cookie(struct __sk_buff *ctx)
{
	bpf_throw(ctx->len);
	return 1;
}
noinline int takes_two(u64 cookie, u64 more) { return cookie + more; }
SEC("tc") exception_cb(takes_two) int caught_by_two_arguments(struct __sk_buff *ctx)
{
	bpf_throw(ctx->len);
	return 1;
}
noinline int takes_ctx(struct __sk_buff *ctx) { return ctx->len; }
SEC("tc") exception_cb(takes_ctx) int caught_by_context(struct __sk_buff *ctx)
{
	bpf_throw(ctx->len);
	return 1;
}
noinline int throws_again(u64 cookie)
{
	bpf_throw(1);
	return 1;
}
SEC("tc") exception_cb(throws_again) int caught_and_thrown(struct __sk_buff *ctx)
{
	bpf_throw(ctx->len);
	return 1;
}
noinline int deep(u64 cookie)
{
	volatile u64 room[60] = {};
	room[cookie & 31] = 1;
	return room[0] & 1;
}
SEC("tc") exception_cb(deep) int callback_has_its_own_stack(struct __sk_buff *ctx)
{
	volatile u64 room[50] = {};
	room[ctx->len & 31] = 1;
	bpf_throw(room[0]);
	return 1;
}

GPL;
