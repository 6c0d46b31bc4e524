/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rounds of callbacks that are hard to bring to an end: precision, spills, frames, iterators. */
#include "bpf.h"

#define __ksym __attribute__((section(".ksyms")))
struct bpf_iter_num { u64 __opaque[1]; } __attribute__((aligned(8)));
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

static long (*const loop)(u32 nr, void *fn, void *ctx, u64 flags) = (void *)181;
static long (*const for_each_map_elem)(void *map, void *fn, void *ctx, u64 flags) = (void *)164;
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 8); __type(key, u32); __type(value, u64[16]); } numbers SEC(".maps");
struct { __uint(type, MAP_HASH); __uint(max_entries, 8); __type(key, u32); __type(value, u64); } table SEC(".maps");
struct { __uint(type, MAP_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");

struct state { u64 at; u64 choice; u64 room[8]; void *p; };

static int picks(u64 i, struct state *s)
{
	if (s->choice == 42) {
		s->at = 3;
		s->choice = get_prandom_u32();
	} else if (s->choice == 7) {
		s->at = 5;
		s->choice = get_prandom_u32();
	}
	s->room[i & 7] = i;
	return 0;
}
SEC("socket") int picks_an_index(void *ctx)
{
	struct state s = {.at = 1, .choice = get_prandom_u32()};
	loop(get_prandom_u32(), picks, &s, 0);
	return (int)s.room[s.at];
}
static int picks_badly(u64 i, struct state *s)
{
	if (s->choice == 42) {
		s->at = 300;
		s->choice = get_prandom_u32();
	}
	return 0;
}
SEC("socket") int picks_a_bad_index(void *ctx)
{
	struct state s = {.at = 1, .choice = get_prandom_u32()};
	loop(get_prandom_u32(), picks_badly, &s, 0);
	return (int)s.room[s.at];
}

static int drops_pointer(u64 i, struct state *s)
{
	if (i > 3) s->p = 0;
	return 0;
}
SEC("socket") int pointer_dropped(void *ctx)
{
	u32 key = 0;
	struct state s = {.p = map_lookup_elem(&numbers, &key)};
	if (!s.p) return 0;
	loop(10, drops_pointer, &s, 0);
	return *(int *)s.p;
}
SEC("socket") int pointer_dropped_and_checked(void *ctx)
{
	u32 key = 0;
	struct state s = {.p = map_lookup_elem(&numbers, &key)};
	loop(10, drops_pointer, &s, 0);
	return s.p ? *(int *)s.p : 0;
}

static noinline int helper_in_frame(struct state *s, u64 i)
{
	u64 own[2] = {i, s->at};
	s->room[2] = own[i & 1];
	return own[1] > 4;
}
static int calls_subprogram(u64 i, struct state *s) { return helper_in_frame(s, i); }
static noinline int outer_frame(struct state *s)
{
	u64 local = 0;
	loop(6, calls_subprogram, s, 0);
	local = s->room[2];
	return (int)local;
}
SEC("socket") int frames(void *ctx)
{
	struct state s = {};
	return outer_frame(&s);
}

noinline int global_half(int x) { return x & 7; }
static int calls_global(u64 i, struct state *s)
{
	s->at = global_half((int)i);
	return 0;
}
SEC("socket") int global_in_callback(void *ctx)
{
	struct state s = {};
	loop(6, calls_global, &s, 0);
	return (int)s.at;
}

static int iterates(u64 i, struct state *s)
{
	struct bpf_iter_num it;
	int *v;
	bpf_iter_num_new(&it, 0, 4);
	while ((v = bpf_iter_num_next(&it))) s->at += *v;
	bpf_iter_num_destroy(&it);
	return 0;
}
SEC("socket") int iterator_in_callback(void *ctx)
{
	struct state s = {};
	loop(6, iterates, &s, 0);
	return (int)s.at;
}
static int adds(u64 i, struct state *s)
{
	s->at += i;
	return s->at > 100;
}
SEC("socket") int callback_in_iterator(void *ctx)
{
	struct state s = {};
	struct bpf_iter_num it;
	bpf_iter_num_new(&it, 0, 4);
	while (bpf_iter_num_next(&it)) loop(5, adds, &s, 0);
	bpf_iter_num_destroy(&it);
	return (int)s.at;
}
static int forgets_destroy(u64 i, struct state *s)
{
	struct bpf_iter_num it;
	bpf_iter_num_new(&it, 0, 4);
	return 0;
}
SEC("socket") int iterator_left_in_callback(void *ctx)
{
	struct state s = {};
	loop(6, forgets_destroy, &s, 0);
	return 0;
}

static int reserves(u64 i, void **p)
{
	*p = ringbuf_reserve(&ring, 8, 0);
	return 0;
}
SEC("socket") int reference_in_callback(void *ctx)
{
	void *p = 0;
	loop(2, reserves, &p, 0);
	if (p) ringbuf_submit(p, 0);
	return 0;
}
static int submits(u64 i, void **p)
{
	ringbuf_submit(*p, 0);
	return 0;
}
SEC("socket") int reference_released_in_callback(void *ctx)
{
	void *p = ringbuf_reserve(&ring, 8, 0);
	if (!p) return 0;
	loop(2, submits, &p, 0);
	return 0;
}
static int takes_and_gives(u64 i, void **unused)
{
	u64 *p = ringbuf_reserve(&ring, 8, 0);
	if (!p) return 1;
	*p = i;
	ringbuf_submit(p, 0);
	return 0;
}
SEC("socket") int reference_within_a_round(void *ctx)
{
	loop(get_prandom_u32(), takes_and_gives, 0, 0);
	return 0;
}

static int element(void *map, u32 *key, u64 *value, struct state *s)
{
	if (*key < 8 && value) s->room[*key] += value[15];
	return *key == 7;
}
SEC("socket") int elements_into_room(void *ctx)
{
	struct state s = {};
	for_each_map_elem(&numbers, element, &s, 0);
	return (int)s.room[7];
}
static int element_round(u64 i, struct state *s)
{
	for_each_map_elem(&numbers, element, s, 0);
	return 0;
}
SEC("socket") int elements_in_rounds(void *ctx)
{
	struct state s = {};
	loop(3, element_round, &s, 0);
	return (int)s.room[s.room[0] & 7];
}
static int table_element(void *map, u32 *key, u64 *value, struct state *s)
{
	u32 other = *key + 1;
	u64 v = *value;
	map_update_elem(map, &other, &v, 0);
	s->at = v;
	return 0;
}
SEC("socket") int table_updated_from_within(void *ctx)
{
	struct state s = {};
	for_each_map_elem(&table, table_element, &s, 0);
	return (int)s.at;
}

static int counts_down(u64 i, u32 *n)
{
	if (*n == 0) return 1;
	*n -= 1;
	return 0;
}
SEC("socket") int bound_from_callback(void *ctx)
{
	u32 n = 20;
	u64 values[8] = {};
	loop(10, counts_down, &n, 0);
	for (u32 i = 0; i < n && i < 8; i++) values[i] = i;
	return (int)values[n & 7];
}
static int spills(u64 i, u64 *slots)
{
	u64 a = slots[0], b = slots[1];
	slots[0] = b;
	slots[1] = a;
	slots[2] = a & 3;
	return a == b;
}
SEC("socket") int slots_swapped(void *ctx)
{
	u64 slots[4] = {1, 2, 3, 0}, values[4] = {};
	loop(9, spills, slots, 0);
	return (int)values[slots[2] & 3] + (int)values[slots[0]];
}
static int writes_half(u64 i, u32 *half)
{
	half[1] = i;
	return 0;
}
SEC("socket") int half_a_slot_written(void *ctx)
{
	u64 whole = 3, values[4] = {};
	loop(9, writes_half, &whole, 0);
	return (int)values[whole & 3];
}
static int unlucky(u64 i, u64 *p)
{
	if (i == 5) return 3;
	return 0;
}
SEC("socket") int result_of_a_later_round(void *ctx)
{
	u64 p = 0;
	loop(2, unlucky, &p, 0);
	return 0;
}

GPL;
