/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps as the kernel is given them: by a descriptor that the loader puts into the instruction. */
#include "bpf.h"

struct { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u64); } table SEC(".maps");

#define NAKED __attribute__((naked))
#define CALL_LOOKUP "*(u32 *)(r10 - 4) = 0; r2 = r10; r2 += -4; call 1; r0 = 0; exit;"

/* The two words of `r1 = MAP`, a descriptor written into them: nothing that a loader would know to replace. */
SEC("socket") NAKED int map_by_a_number(void) { asm volatile(".8byte 0x7fffffff00001118; .8byte 0;" CALL_LOOKUP); }
SEC("socket") NAKED int map_by_its_name(void) { asm volatile("r1 = %[table] ll;" CALL_LOOKUP :: [table] "i"(&table)); }

GPL;
