/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Callbacks that are called at once: bpf_loop, bpf_for_each_map_elem, bpf_user_ringbuf_drain, bpf_find_vma. */
#include "bpf.h"

enum { MAP_PERF_EVENT_ARRAY = 4, MAP_USER_RINGBUF = 31 };

static long (*const loop)(u32 nr, void *fn, void *ctx, u64 flags) = (void *)181;
static long (*const for_each_map_elem)(void *map, void *fn, void *ctx, u64 flags) = (void *)164;
static long (*const find_vma)(void *task, u64 addr, void *fn, void *ctx, u64 flags) = (void *)180;
static long (*const user_ringbuf_drain)(void *map, void *fn, void *ctx, u64 flags) = (void *)209;
static void *(*const dynptr_data)(const void *ptr, u32 offset, u32 len) = (void *)203;
static void *(*const get_current_task_btf)(void) = (void *)158;

struct { __uint(type, MAP_ARRAY); __uint(max_entries, 8); __type(key, u32); __type(value, u64[4]); } numbers SEC(".maps");
struct { __uint(type, MAP_HASH); __uint(max_entries, 8); __type(key, u32); __type(value, u64); } table SEC(".maps");
struct { __uint(type, MAP_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); __uint(max_entries, 8); } events SEC(".maps");
struct { __uint(type, MAP_USER_RINGBUF); __uint(max_entries, 4096); } from_user SEC(".maps");

struct sum { u64 value; u64 rounds; };

static int add(u64 i, struct sum *s)
{
	s->value += i;
	s->rounds++;
	return 0;
}

SEC("socket") int sums(void *ctx)
{
	struct sum s = {};
	loop(100, add, &s, 0);
	return (int)s.value;
}

SEC("socket") int sums_to_unknown(void *ctx)
{
	struct sum s = {};
	loop(get_prandom_u32(), add, &s, 0);
	return (int)s.rounds;
}

static int stops_with_two(u64 i, void *unused) { return i > 5 ? 2 : 0; }
SEC("socket") int callback_returns_two(void *ctx)
{
	loop(10, stops_with_two, 0, 0);
	return 0;
}

static u64 gives_random(u64 i, void *unused) { return get_prandom_u32(); }
SEC("socket") int callback_returns_anything(void *ctx)
{
	loop(10, gives_random, 0, 0);
	return 0;
}

static void *gives_pointer(u64 i, void *p) { return p; }
SEC("socket") int callback_returns_stack(void *ctx)
{
	u64 x = 0;
	loop(10, gives_pointer, &x, 0);
	return 0;
}

static void *gives_map(u64 i, void *p) { return &numbers; }
SEC("socket") int callback_returns_map(void *ctx)
{
	loop(10, gives_map, 0, 0);
	return 0;
}

int not_static(u64 i, void *p) { return 0; }
SEC("socket") int callback_is_global(void *ctx)
{
	loop(10, not_static, 0, 0);
	return 0;
}

static int writes_past(u64 i, u64 *p)
{
	p[1] = i;
	return 0;
}
SEC("socket") int callback_writes_past(void *ctx)
{
	u64 x = 0;
	loop(10, writes_past, &x, 0);
	return (int)x;
}

static int moves(u64 i, u64 *at)
{
	(*at)++;
	return 0;
}
SEC("socket") int index_moved_by_callback(void *ctx)
{
	u64 at = 0, values[4] = {1, 2, 3, 4};
	loop(3, moves, &at, 0);
	return (int)values[at];
}
SEC("socket") int index_moved_and_checked(void *ctx)
{
	u64 at = 0, values[4] = {1, 2, 3, 4};
	loop(3, moves, &at, 0);
	return at < 4 ? (int)values[at] : 0;
}

static int inner_round(u64 i, u64 *n)
{
	*n += 1;
	return *n > 20;
}
static int outer_round(u64 i, u64 *n)
{
	loop(4, inner_round, n, 0);
	return 0;
}
SEC("socket") int nested(void *ctx)
{
	u64 n = 0;
	loop(3, outer_round, &n, 0);
	return n > 3;
}

#define LEVEL(n, next) static int level##n(u64 i, void *p) { loop(2, next, p, 0); return 0; }
static int level9(u64 i, void *p) { return 0; }
LEVEL(8, level9) LEVEL(7, level8) LEVEL(6, level7) LEVEL(5, level6) LEVEL(4, level5) LEVEL(3, level4) LEVEL(2, level3) LEVEL(1, level2)
SEC("socket") int nested_too_deep(void *ctx)
{
	loop(2, level1, 0, 0);
	return 0;
}

static int big_frame(u64 i, void *p)
{
	volatile u64 room[40] = {};
	room[i & 31] = i;
	return 0;
}
SEC("socket") int stack_of_callback_too_large(void *ctx)
{
	volatile u64 room[40] = {};
	loop(2, big_frame, 0, 0);
	return (int)room[0];
}

static int two_callbacks_a(u64 i, void *p) { return 0; }
static int two_callbacks_b(u64 i, void *p) { return 1; }
SEC("socket") int one_of_two_callbacks(void *ctx)
{
	void *fn = two_callbacks_a;
	if (get_prandom_u32() & 1) fn = two_callbacks_b;
	loop(10, fn, 0, 0);
	return 0;
}

SEC("socket") int no_callback_at_all(void *ctx)
{
	loop(10, (void *)0, 0, 0);
	return 0;
}

static int reads_all(void *map, u32 *key, u64 *value, u64 *sum)
{
	*sum += *key + value[3];
	return 0;
}
SEC("socket") int every_element(void *ctx)
{
	u64 sum = 0;
	for_each_map_elem(&numbers, reads_all, &sum, 0);
	return (int)sum;
}

static int writes_key(void *map, u32 *key, u64 *value, u64 *sum)
{
	*key = 1;
	return 0;
}
SEC("socket") int element_key_written(void *ctx)
{
	u64 sum = 0;
	for_each_map_elem(&numbers, writes_key, &sum, 0);
	return 0;
}

static int reads_beyond(void *map, u32 *key, u64 *value, u64 *sum)
{
	*sum = value[4];
	return 0;
}
SEC("socket") int element_read_beyond(void *ctx)
{
	u64 sum = 0;
	for_each_map_elem(&numbers, reads_beyond, &sum, 0);
	return (int)sum;
}

static int looks_up(void *map, u32 *key, u64 *value, u64 *sum)
{
	u64 *same = map_lookup_elem(map, key);
	if (same) *sum += *same;
	return 0;
}
SEC("socket") int element_looked_up_again(void *ctx)
{
	u64 sum = 0;
	for_each_map_elem(&table, looks_up, &sum, 0);
	return (int)sum;
}

SEC("tc") int no_elements(void *ctx)
{
	for_each_map_elem(&events, looks_up, 0, 0);
	return 0;
}

static int reads_record(void *dynptr, u64 *n)
{
	u64 *data = dynptr_data(dynptr, 0, 16);
	if (data) *n += data[1];
	return 0;
}
SEC("socket") int drains(void *ctx)
{
	u64 n = 0;
	user_ringbuf_drain(&from_user, reads_record, &n, 0);
	return (int)n;
}

static int record_is_no_memory(u64 *dynptr, u64 *n)
{
	*n = *dynptr;
	return 0;
}
SEC("socket") int drains_reads_dynptr(void *ctx)
{
	u64 n = 0;
	user_ringbuf_drain(&from_user, record_is_no_memory, &n, 0);
	return (int)n;
}
SEC("socket") int drains_wrong_map(void *ctx)
{
	u64 n = 0;
	user_ringbuf_drain(&table, reads_record, &n, 0);
	return (int)n;
}

struct vm_area_struct { unsigned long vm_start; } __attribute__((preserve_access_index));
static int looks_at_vma(void *task, struct vm_area_struct *vma, u64 *start)
{
	*start = vma->vm_start;
	return 0;
}
SEC("raw_tp/sys_enter") int finds_vma(void *ctx)
{
	u64 start = 0;
	find_vma(get_current_task_btf(), 0, looks_at_vma, &start, 0);
	return (int)start;
}
static int writes_vma(void *task, struct vm_area_struct *vma, u64 *start)
{
	vma->vm_start = 1;
	return 0;
}
SEC("raw_tp/sys_enter") int finds_vma_and_writes(void *ctx)
{
	u64 start = 0;
	find_vma(get_current_task_btf(), 0, writes_vma, &start, 0);
	return 0;
}

GPL;
