/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that releases of 6.18.y decide in different ways: what one of them proves or forbids, an earlier one does not. Where a
 * path should be found impossible, it writes the frame pointer, which no kernel allows. */
#include "bpf.h"
#define NAKED __attribute__((naked))

enum { MAP_ARENA = 33, F_MMAPABLE = 1 << 10 };

struct { __uint(type, MAP_ARENA); __uint(map_flags, F_MMAPABLE); __uint(max_entries, 4); } arena SEC(".maps");

/* 0 or 16, and not 0 */
SEC("socket") NAKED int lone_member(struct __sk_buff *skb)
{
	asm volatile("call 7; r0 &= 16; if r0 == 0 goto 1f; if r0 == 16 goto 1f; r10 = 0; 1: r0 = 0; exit;");
}

SEC("socket") NAKED int byte_swapped_bits(struct __sk_buff *skb)
{
	asm volatile("call 7; r0 &= 255; r0 = be16 r0; r0 &= 255; if r0 == 0 goto 1f; r10 = 0; 1: r0 = 0; exit;");
}

/* A link that a byte swap must cut */
SEC("socket") NAKED int byte_swap_unlinks(struct __sk_buff *skb)
{
	asm volatile("call 7; r6 = r0; r6 = be32 r6; if r6 != 1 goto 1f; if r0 == 1 goto 1f; r0 = 2; 1: r0 = 0; exit;");
}

SEC("socket") NAKED int shift_keeps_sign(struct __sk_buff *skb)
{
	asm volatile("call 7; if w0 s> 5 goto 1f; if w0 s< -5 goto 1f; r0 <<= 32; r0 s>>= 32;"
		     "if r0 s> 5 goto 2f; if r0 s< -5 goto 2f; goto 1f; 2: r10 = 0; 1: r0 = 0; exit;");
}

/* 0 or 42 */
SEC("socket") NAKED int forked_and(struct __sk_buff *skb)
{
	asm volatile("call 7; r0 <<= 63; r0 s>>= 63; r0 &= 42; if r0 == 0 goto 1f; if r0 == 42 goto 1f; r10 = 0; 1: r0 = 0; exit;");
}

/* 8 or all ones */
SEC("socket") NAKED int forked_or(struct __sk_buff *skb)
{
	asm volatile("call 7; w0 <<= 31; w0 s>>= 31; w0 |= 8; if w0 == 8 goto 1f; if w0 == -1 goto 1f; r10 = 0; 1: r0 = 0; exit;");
}

/* -10 to 5, and as unsigned not below 10 */
SEC("socket") NAKED int signs_exchanged_above(struct __sk_buff *skb)
{
	asm volatile("call 7; if w0 s< -10 goto 1f; if w0 s> 5 goto 1f; if w0 < 10 goto 1f; if w0 s< 0 goto 1f; r10 = 0; 1: r0 = 0; exit;");
}

/* -10 to 5, and as unsigned at most 100 */
SEC("socket") NAKED int signs_exchanged_below(struct __sk_buff *skb)
{
	asm volatile("call 7; if w0 s< -10 goto 1f; if w0 s> 5 goto 1f; if w0 > 100 goto 1f; if w0 s>= 0 goto 1f; r10 = 0; 1: r0 = 0; exit;");
}

SEC("socket") NAKED int linked_by_subtraction(struct __sk_buff *skb)
{
	asm volatile("call 7; r6 = r0; r6 -= 4; if r0 > 14 goto 1f; if r0 < 4 goto 1f; if r6 > 10 goto 2f; goto 1f; 2: r10 = 0; 1: r0 = 0; exit;");
}

SEC("socket") NAKED int linked_by_negative(struct __sk_buff *skb)
{
	asm volatile("call 7; r6 = r0; r6 += -4; if r0 > 14 goto 1f; if r0 < 4 goto 1f; if r6 > 10 goto 2f; goto 1f; 2: r10 = 0; 1: r0 = 0; exit;");
}

SEC("socket") NAKED int linked_in_32_bits(struct __sk_buff *skb)
{
	asm volatile("call 7; w0 = w0; r6 = r0; w6 += 4; if r0 > 10 goto 1f; if r6 > 14 goto 2f; goto 1f; 2: r10 = 0; 1: r0 = 0; exit;");
}

SEC("socket") NAKED int linked_by_addition(struct __sk_buff *skb)
{
	asm volatile("call 7; r6 = r0; r6 += 4; if r0 > 10 goto 1f; if r6 > 14 goto 2f; goto 1f; 2: r10 = 0; 1: r0 = 0; exit;");
}

/* A pointer on the stack that is written over somewhere, then read as bytes */
SEC("socket") NAKED int variable_write_scrubs(struct __sk_buff *skb)
{
	asm volatile("*(u64 *)(r10 - 8) = r1; call 7; r0 &= 7; r2 = r10; r2 += -8; r2 += r0; r3 = 0; *(u8 *)(r2 + 0) = r3;"
		     "r0 = *(u8 *)(r10 - 8); r0 = 0; exit;");
}

SEC("socket") NAKED int arena_on_the_right(struct __sk_buff *skb)
{
	asm volatile("r1 = arena ll; r2 = 4096; r2 = addr_space_cast(r2, 0x0, 0x1); r3 = 8; r3 += r2; r0 = *(u64 *)(r3 + 0); r0 = 0; exit;");
}

/* At the second comparison one path knows that the pointer is beyond the end, the other nothing. */
SEC("xdp") NAKED int packet_end_compared(struct xdp_md *ctx)
{
	asm volatile("r6 = r1; call 7; r2 = *(u32 *)(r6 + 0); r3 = *(u32 *)(r6 + 4); r4 = r2; r4 += 8; if r0 == 0 goto 3f;"
		     "if r4 > r3 goto 4f; goto 1f; 3: r5 = 0; if r5 == 1 goto 1f; if r5 == 2 goto 1f; goto 4f;"
		     "4: r5 = 1; r5 = 2; r5 = 3; r5 = 4; if r5 == 1 goto 5f; if r5 == 2 goto 5f; 5: r5 = 5;"
		     "if r4 > r3 goto 1f; r10 = 0; 1: r0 = 2; exit;");
}

/* The value may be NULL where the map holds none. */
SEC("iter/bpf_map_elem") NAKED int null_buffer_checked(void *ctx)
{
	asm volatile("r2 = *(u64 *)(r1 + 24); r0 = *(u64 *)(r2 + 0); r0 = 0; exit;");
}

extern void bpf_rcu_read_lock(void) __attribute__((section(".ksyms")));
extern void bpf_throw(u64 cookie) __attribute__((section(".ksyms")));

SEC("tc") int throw_in_section(struct __sk_buff *skb)
{
	bpf_rcu_read_lock();
	bpf_throw(0);
	return 0;
}

static noinline int throws_in_section(u32 cookie)
{
	bpf_rcu_read_lock();
	bpf_throw(cookie);
	return 0;
}

SEC("tc") int throw_in_section_of_subprog(struct __sk_buff *skb) { return throws_in_section(skb->len); }

static long (*const snprintf_)(char *out, u32 size, const char *format, const u64 *data, u32 data_size) = (void *)165;
static const char utf8[] = "\xc3\xa4 %d";

SEC("socket") int utf8_formats(struct __sk_buff *skb)
{
	char out[16];
	u64 args[1] = {skb->len};
	snprintf_(out, sizeof(out), utf8, args, sizeof(args));
	return 0;
}

GPL;
