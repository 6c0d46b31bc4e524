/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Callbacks that run later: timers, work queues, task work. */
#include "bpf.h"

enum { MAP_ARRAY_OF_MAPS = 12 };
#define __array(name, val) typeof(val) *name[]
#define __ksym __attribute__((section(".ksyms")))
#define aligned8 __attribute__((aligned(8)))

struct bpf_timer { u64 __opaque[2]; } aligned8;
struct bpf_wq { u64 __opaque[2]; } aligned8;
struct bpf_task_work { u64 __opaque; } aligned8;
struct task_struct { int pid; };
struct bpf_map { u32 id; };
typedef int (*bpf_task_work_callback_t)(struct bpf_map *map, void *key, void *value);

static long (*const timer_init)(struct bpf_timer *t, void *map, u64 flags) = (void *)169;
static long (*const timer_set_callback)(struct bpf_timer *t, void *fn) = (void *)170;
static long (*const timer_start)(struct bpf_timer *t, u64 nsecs, u64 flags) = (void *)171;
static long (*const timer_cancel)(struct bpf_timer *t) = (void *)172;
static long (*const copy_from_user)(void *dst, u32 size, const void *user) = (void *)148;
static struct task_struct *(*const get_current_task_btf)(void) = (void *)158;

extern int bpf_wq_init(struct bpf_wq *wq, void *map, unsigned flags) __ksym;
extern int bpf_wq_start(struct bpf_wq *wq, unsigned flags) __ksym;
extern int bpf_wq_set_callback_impl(struct bpf_wq *wq, int (*fn)(void *map, int *key, void *value), unsigned flags, void *aux__prog) __ksym;
extern int bpf_task_work_schedule_signal_impl(struct task_struct *task, struct bpf_task_work *tw, void *map, bpf_task_work_callback_t fn, void *aux__prog) __ksym;

struct timed { u64 before; struct bpf_timer timer; };
struct worked { u64 before; struct bpf_wq wq; };
struct tasked { u64 before; struct bpf_task_work work; };

struct { __uint(type, MAP_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, struct timed); } timers SEC(".maps");
struct { __uint(type, MAP_HASH); __uint(max_entries, 2); __type(key, u32); __type(value, struct timed); } more_timers SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, struct worked); } works SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, struct worked); } more_works SEC(".maps");
struct { __uint(type, MAP_HASH); __uint(max_entries, 2); __type(key, u32); __type(value, struct tasked); } tasks SEC(".maps");
struct { __uint(type, MAP_HASH); __uint(max_entries, 2); __type(key, u32); __type(value, struct tasked); } more_tasks SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, u64[3]); } plain SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 24); } untyped SEC(".maps");
struct inner { __uint(type, MAP_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, struct timed); } inner_timers SEC(".maps");
struct { __uint(type, MAP_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, u32); __type(value, u32); __array(values, struct inner); } outer SEC(".maps") = {
	.values = {[0] = &inner_timers},
};

static int fires(void *map, u32 *key, struct timed *t)
{
	t->before++;
	timer_start(&t->timer, 1000, 0);
	return 0;
}
SEC("tc") int arms(void *ctx)
{
	u32 key = 0;
	struct timed *t = map_lookup_elem(&timers, &key);
	if (!t) return 0;
	timer_init(&t->timer, &timers, 1);
	timer_set_callback(&t->timer, fires);
	timer_start(&t->timer, 1000, 0);
	return 0;
}
SEC("tc") int cancels(void *ctx)
{
	u32 key = 0;
	struct timed *t = map_lookup_elem(&more_timers, &key);
	return t ? (int)timer_cancel(&t->timer) : 0;
}
static int returns_one(void *map, u32 *key, struct timed *t) { return 1; }
SEC("tc") int timer_returns_one(void *ctx)
{
	u32 key = 0;
	struct timed *t = map_lookup_elem(&timers, &key);
	if (t) timer_set_callback(&t->timer, returns_one);
	return 0;
}
static int arms_itself(void *map, u32 *key, struct timed *t)
{
	timer_set_callback(&t->timer, arms_itself);
	timer_start(&t->timer, 1000, 0);
	return 0;
}
SEC("tc") int timer_arms_itself(void *ctx)
{
	u32 key = 0;
	struct timed *t = map_lookup_elem(&timers, &key);
	if (t) timer_set_callback(&t->timer, arms_itself);
	return 0;
}
SEC("tc") int timer_of_other_map(void *ctx)
{
	u32 key = 0;
	struct timed *t = map_lookup_elem(&timers, &key);
	if (t) timer_init(&t->timer, &more_timers, 1);
	return 0;
}
SEC("tc") int timer_at_wrong_offset(void *ctx)
{
	u32 key = 0;
	struct timed *t = map_lookup_elem(&timers, &key);
	if (t) timer_start((void *)&t->before, 0, 0);
	return 0;
}
SEC("tc") int timer_at_variable_offset(void *ctx)
{
	u32 key = 0;
	struct timed *t = map_lookup_elem(&timers, &key);
	if (t) timer_start((void *)t + (get_prandom_u32() & 8), 0, 0);
	return 0;
}
SEC("tc") int timer_not_in_value(void *ctx)
{
	u32 key = 0;
	void *t = map_lookup_elem(&plain, &key);
	if (t) timer_start(t, 0, 0);
	return 0;
}
SEC("tc") int timer_in_untyped_value(void *ctx)
{
	u32 key = 0;
	void *t = map_lookup_elem(&untyped, &key);
	if (t) timer_start(t, 0, 0);
	return 0;
}
SEC("raw_tp/sys_enter") int timer_in_tracing(void *ctx)
{
	u32 key = 0;
	struct timed *t = map_lookup_elem(&timers, &key);
	if (t) timer_start(&t->timer, 0, 0);
	return 0;
}
SEC("tc") int timer_of_inner_map(void *ctx)
{
	u32 key = 0;
	void *a = map_lookup_elem(&outer, &key);
	if (!a) return 0;
	struct timed *t = map_lookup_elem(a, &key);
	if (t) timer_init(&t->timer, a, 1);
	return 0;
}
SEC("tc") int timer_of_other_inner_map(void *ctx)
{
	u32 key = 0, one = 1;
	void *a = map_lookup_elem(&outer, &key), *b = map_lookup_elem(&outer, &one);
	if (!a || !b) return 0;
	struct timed *t = map_lookup_elem(a, &key);
	if (t) timer_init(&t->timer, b, 1);
	return 0;
}
static int sleeps(void *map, u32 *key, struct timed *t)
{
	copy_from_user(&t->before, 8, 0);
	return 0;
}
SEC("syscall") int timer_sleeps(void *ctx)
{
	u32 key = 0;
	struct timed *t = map_lookup_elem(&timers, &key);
	if (t) timer_set_callback(&t->timer, sleeps);
	return 0;
}

static int work_sleeps(void *map, int *key, void *value)
{
	struct worked *w = value;
	copy_from_user(&w->before, 8, 0);
	return 0;
}
SEC("tc") int queues(void *ctx)
{
	u32 key = 0;
	struct worked *w = map_lookup_elem(&works, &key);
	if (!w) return 0;
	bpf_wq_init(&w->wq, &works, 0);
	bpf_wq_set_callback_impl(&w->wq, work_sleeps, 0, 0);
	bpf_wq_start(&w->wq, 0);
	return 0;
}
static int work_returns_two(void *map, int *key, void *value) { return 2; }
SEC("tc") int work_result(void *ctx)
{
	u32 key = 0;
	struct worked *w = map_lookup_elem(&works, &key);
	if (w) bpf_wq_set_callback_impl(&w->wq, work_returns_two, 0, 0);
	return 0;
}
SEC("tc") int work_of_other_map(void *ctx)
{
	u32 key = 0;
	struct worked *w = map_lookup_elem(&works, &key);
	if (w) bpf_wq_init(&w->wq, &more_works, 0);
	return 0;
}
SEC("tc") int work_without_function(void *ctx)
{
	u32 key = 0;
	struct worked *w = map_lookup_elem(&works, &key);
	if (w) bpf_wq_set_callback_impl(&w->wq, (void *)0, 0, 0);
	return 0;
}

static int task_does(struct bpf_map *map, void *key, void *value)
{
	struct tasked *t = value;
	copy_from_user(&t->before, 8, 0);
	return t->before ? 1 : -1;
}
SEC("raw_tp/sys_enter") int schedules(void *ctx)
{
	u32 key = 0;
	struct tasked *t = map_lookup_elem(&tasks, &key);
	if (t) bpf_task_work_schedule_signal_impl(get_current_task_btf(), &t->work, &tasks, task_does, 0);
	return 0;
}
SEC("raw_tp/sys_enter") int task_work_of_other_map(void *ctx)
{
	u32 key = 0;
	struct tasked *t = map_lookup_elem(&tasks, &key);
	if (t) bpf_task_work_schedule_signal_impl(get_current_task_btf(), &t->work, &more_tasks, task_does, 0);
	return 0;
}
SEC("raw_tp/sys_enter") int task_work_at_wrong_offset(void *ctx)
{
	u32 key = 0;
	struct tasked *t = map_lookup_elem(&tasks, &key);
	if (t) bpf_task_work_schedule_signal_impl(get_current_task_btf(), (void *)t, &tasks, task_does, 0);
	return 0;
}
static int task_deep(struct bpf_map *map, void *key, void *value)
{
	volatile u64 room[60] = {};
	room[*(u32 *)key & 31] = 1;
	return 0;
}
SEC("raw_tp/sys_enter") int task_work_has_its_own_stack(void *ctx)
{
	volatile u64 room[50] = {};
	u32 key = 0;
	struct tasked *t = map_lookup_elem(&tasks, &key);
	if (t) bpf_task_work_schedule_signal_impl(get_current_task_btf(), &t->work, &tasks, task_deep, 0);
	return (int)room[0];
}

GPL;
