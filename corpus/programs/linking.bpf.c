/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "bpf.h"
/* What is put together when an object is loaded: subprograms, callbacks, data, maps in maps, programs in arrays, externs. */
#define __weak __attribute__((weak))
#define __hidden __attribute__((visibility("hidden")))
#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#define __array(name, val) typeof(val) *name[]
enum { MAP_PROG_ARRAY = 3, MAP_ARRAY_OF_MAPS = 12 };
enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };

static long (*const loop)(u32 n, void *callback, void *ctx, u64 flags) = (void *)181;
static long (*const tail_call)(void *ctx, void *map, u32 index) = (void *)12;

extern u32 LINUX_KERNEL_VERSION __kconfig;
extern _Bool LINUX_HAS_BPF_COOKIE __kconfig __weak;
extern int CONFIG_HZ __kconfig __weak;
extern enum libbpf_tristate CONFIG_BPF_SYSCALL __kconfig __weak;
extern char CONFIG_DEFAULT_HOSTNAME[16] __kconfig __weak;
extern const int runqueues_no_such __ksym __weak;
extern const void bpf_prog_no_such __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void no_such_kfunc(void) __ksym __weak;

struct inner { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u64); };
struct inner inner_a SEC(".maps");
struct {
	__uint(type, MAP_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { [1] = (void *)&inner_a } };

int tail(void *ctx);
struct {
	__uint(type, MAP_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, int(void *));
} jumps SEC(".maps") = { .values = { [1] = (void *)&tail } };

u64 counter = 3;
static u64 hidden_counter;
const volatile u32 limit = 7;
u32 custom SEC(".data.custom") = 1;

static noinline u64 leaf(u64 x) { return x * get_prandom_u32(); }
noinline __hidden u64 middle(u64 x) { return leaf(x) + leaf(x + 1); }
__weak noinline int global_function(u64 x) { return middle(x) & 1; }
static int step(u32 i, void *sum) { *(u64 *)sum += leaf(i); return i > limit; }

SEC("xdp") int main_program(struct xdp_md *ctx)
{
	u64 sum = 0;
	u32 one = 1;
	loop(10, step, &sum, 0);
	sum += global_function(counter) + middle(hidden_counter++);
	counter += sum + custom++;
	void *in = map_lookup_elem(&outer, &one);
	if (in && map_lookup_elem(in, &one))
		tail_call(ctx, &jumps, 1);
	return 2;
}

SEC("xdp") int tail(void *ctx) { return global_function(1) ? 1 : 2; }

SEC("tc") int externs(struct __sk_buff *skb)
{
	u64 v = LINUX_KERNEL_VERSION + LINUX_HAS_BPF_COOKIE + CONFIG_HZ + CONFIG_BPF_SYSCALL + CONFIG_DEFAULT_HOSTNAME[0];
	if (&runqueues_no_such)
		v++;
	if (&bpf_prog_no_such)
		v++;
	if (no_such_kfunc)
		no_such_kfunc();
	bpf_rcu_read_lock();
	counter += v;
	bpf_rcu_read_unlock();
	return 0;
}

SEC("?tc") int not_by_default(struct __sk_buff *skb) { return skb->len > limit; }
GPL;
