/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
/* Arithmetic on pointers, and accesses through what it makes; in assembly, so that no compiler mends them. */
#define NAKED __attribute__((naked))
struct { __uint(type, MAP_HASH); __type(key, u32); __type(value, u64[6]); __uint(max_entries, 8); } table SEC(".maps");
/* r6: the context; r0: a value of `table` (48 bytes), not NULL. */
#define LOOKUP "r6 = r1; *(u32 *)(r10 - 4) = 0; r2 = r10; r2 += -4; r1 = %[table] ll; call 1; if r0 == 0 goto 9f;"
#define END "9: r0 = 0; exit;"
#define TABLE [table]"i"(&table)

SEC("socket") NAKED int value_in_bounds(void) { asm volatile(LOOKUP "r1 = *(u64 *)(r0 + 40);" END :: TABLE); }
SEC("socket") NAKED int value_far_outside(void) { asm volatile(LOOKUP "r1 = *(u64 *)(r0 + 1000);" END :: TABLE); }
SEC("socket") NAKED int value_before_start(void) { asm volatile(LOOKUP "r1 = *(u32 *)(r6 + 0); r1 &= 7; r1 += -4; r0 += r1; r1 = *(u8 *)(r0 + 0);" END :: TABLE); }
SEC("socket") NAKED int value_bounded(void) { asm volatile(LOOKUP "r1 = *(u32 *)(r6 + 0); r1 &= 7; r0 += r1; r1 = *(u8 *)(r0 + 0);" END :: TABLE); }
SEC("socket") NAKED int adds_huge_constant(void) { asm volatile(LOOKUP "w1 = -1; r0 += r1; r1 = *(u8 *)(r0 + 0);" END :: TABLE); }
SEC("socket") NAKED int offset_adds_up(void) { asm volatile(LOOKUP "r0 += 0x1fffffff; r0 += 0x1fffffff; r1 = *(u8 *)(r0 + 0);" END :: TABLE); }
SEC("socket") NAKED int adds_any_int(void) { asm volatile(LOOKUP "r1 = *(u32 *)(r6 + 0); r1 <<= 32; r1 s>>= 32; r0 += r1; r1 = *(u8 *)(r0 + 0);" END :: TABLE); }
SEC("socket") NAKED int number_minus_pointer(void) { asm volatile(LOOKUP "r1 = 1; r1 -= r0;" END :: TABLE); }
SEC("socket") NAKED int pointer_minus_pointer(void) { asm volatile(LOOKUP "r1 = r0; r1 -= r0;" END :: TABLE); }
SEC("socket") NAKED int stack_pointer_minus_number(void) { asm volatile("r1 = r10; r1 -= 8; *(u64 *)(r1 + 0) = 0;" END); }
SEC("socket") NAKED int stack_pointer_minus_register(void) { asm volatile("r1 = r10; r2 = 8; r1 -= r2; *(u64 *)(r1 + 0) = 0;" END); }
SEC("socket") NAKED int stack_pointer_plus_number(void) { asm volatile("r1 = r10; r1 += -8; *(u64 *)(r1 + 0) = 0;" END); }
SEC("socket") NAKED int adds_32_bits(void) { asm volatile(LOOKUP "w0 += 4;" END :: TABLE); }
SEC("socket") NAKED int adds_64_bits(void) { asm volatile(LOOKUP "r0 += 4;" END :: TABLE); }
SEC("socket") NAKED int adds_before_null_check(void)
{
	asm volatile("*(u32 *)(r10 - 4) = 0; r2 = r10; r2 += -4; r1 = %[table] ll; call 1; r0 += 8; if r0 == 0 goto 9f; r1 = *(u8 *)(r0 + 0);" END :: TABLE);
}
SEC("socket") NAKED int adds_to_a_map(void) { asm volatile("r1 = %[table] ll; r1 += 8; r0 = *(u64 *)(r1 + 0);" END :: TABLE); }
SEC("socket") NAKED int masks_a_pointer(void) { asm volatile(LOOKUP "r0 &= 15;" END :: TABLE); }
SEC("socket") NAKED int masks_a_number(void) { asm volatile(LOOKUP "r1 = *(u32 *)(r6 + 0); r1 &= 15; r0 += r1;" END :: TABLE); }
SEC("socket") NAKED int divides_a_pointer(void) { asm volatile(LOOKUP "r0 /= 8;" END :: TABLE); }
SEC("socket") NAKED int adds_two_pointers(void) { asm volatile(LOOKUP "r0 += r10;" END :: TABLE); }
SEC("socket") NAKED int no_such_register(void) { asm volatile(".8byte 0xf0bf;" END); }
SEC("socket") NAKED int an_existing_register(void) { asm volatile("r0 = r1;" END); }
SEC("socket") NAKED int divides_by_a_register(void) { asm volatile("r0 = 8; r2 = *(u32 *)(r1 + 0); r0 /= r2;" END); }

SEC("socket") NAKED int context_moved(void) { asm volatile("r1 += 4; r0 = *(u32 *)(r1 + 0);" END); }
SEC("socket") NAKED int context_moved_back(void) { asm volatile("r1 += -4; r0 = *(u32 *)(r1 + 4);" END); }
SEC("socket") NAKED int context_variable(void) { asm volatile("r2 = *(u32 *)(r1 + 0); r2 &= 4; r1 += r2; r0 = *(u32 *)(r1 + 0);" END); }
SEC("socket") NAKED int context_direct(void) { asm volatile("r0 = *(u32 *)(r1 + 4);" END); }
SEC("socket") NAKED int two_kinds_in_one_place(void)
{
	asm volatile("r6 = r1; *(u64 *)(r10 - 8) = 0; r2 = *(u32 *)(r1 + 0); r3 = r10; r3 += -8; if r2 == 0 goto 1f; r3 = r6; 1: r0 = *(u32 *)(r3 + 0);" END);
}
SEC("socket") NAKED int one_kind_in_each_place(void)
{
	asm volatile("*(u64 *)(r10 - 8) = 0; r2 = *(u32 *)(r1 + 0); if r2 == 0 goto 1f; r0 = *(u32 *)(r1 + 0); goto 9f; 1: r0 = *(u32 *)(r10 - 8);" END);
}
SEC("socket") NAKED int atomic_on_context(void) { asm volatile("w2 = 1; lock *(u32 *)(r1 + 8) += w2;" END); }
SEC("socket") NAKED int atomic_on_stack(void) { asm volatile("*(u64 *)(r10 - 8) = 0; r2 = 1; lock *(u64 *)(r10 - 8) += r2;" END); }

SEC("socket") NAKED int stack_misaligned(void) { asm volatile("*(u64 *)(r10 - 12) = 0;" END); }
SEC("socket") NAKED int stack_aligned(void) { asm volatile("*(u64 *)(r10 - 16) = 0;" END); }
SEC("socket") NAKED int stack_unbounded(void) { asm volatile("r2 = *(u32 *)(r1 + 0); r2 <<= 3; r3 = r10; r3 += r2; *(u64 *)(r3 - 8) = 0;" END); }
SEC("socket") NAKED int stack_bounded(void) { asm volatile("r2 = *(u32 *)(r1 + 0); r2 &= 8; r3 = r10; r3 += r2; *(u64 *)(r3 - 16) = 0;" END); }
SEC("socket") NAKED int half_of_a_pointer(void) { asm volatile("*(u64 *)(r10 - 8) = r1; r0 = *(u32 *)(r10 - 8);" END); }
SEC("socket") NAKED int all_of_a_pointer(void) { asm volatile("*(u64 *)(r10 - 8) = r1; r1 = *(u64 *)(r10 - 8); r0 = *(u32 *)(r1 + 0);" END); }

SEC("socket") NAKED int jumps_too_far(void) { asm volatile("r0 = 0; if r1 == 0 goto +7; exit;"); }
SEC("socket") NAKED int jumps_within(void) { asm volatile("r0 = 0; if r1 == 0 goto +0; exit;"); }
SEC("socket") NAKED int too_many_branches(void) { asm volatile("r2 = *(u32 *)(r1 + 4); r1 = *(u32 *)(r1 + 0); .rept 8200; if r1 > r2 goto +0; .endr; r0 = 0; exit;"); }
SEC("socket") NAKED int few_branches(void) { asm volatile("r2 = *(u32 *)(r1 + 4); r1 = *(u32 *)(r1 + 0); .rept 8; if r1 > r2 goto +0; .endr; r0 = 0; exit;"); }
GPL;
