/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs whose verdict may hang on what no BTF tells, and beside them the same with the value written out, which any kernel judges: what a
 * kernel of this machine said of all is in 6.18.44.jsonl (HZ 250, two processors, no such symbol).
 *
 *     clang-19 -g -O2 -mcpu=v3 -target bpf -ffile-prefix-map=$PWD=. -I../../../corpus/programs -c externs.bpf.c -o externs.bpf.o; llvm-strip-19 -g externs.bpf.o
 *     oracle/record externs.bpf.o > 6.18.44.jsonl */
#include "bpf.h"

#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#define __weak __attribute__((weak))

extern unsigned CONFIG_HZ __kconfig;
extern _Bool CONFIG_PREEMPT __kconfig __weak;
extern int CONFIG_PANIC_TIMEOUT __kconfig __weak;
extern const void no_such_symbol __ksym __weak;

static u32 (*const this_cpu)(void) = (void *)8;

char table[512];
volatile u64 sink;
const volatile unsigned hz_250 = 250, hz_1000 = 1000;

SEC("raw_tp/sys_enter") int hz_alike(void *ctx) { sink = 1000000000 / CONFIG_HZ; return CONFIG_PREEMPT; }
SEC("raw_tp/sys_enter") int hz_decides(void *ctx) { return table[CONFIG_HZ]; }
SEC("raw_tp/sys_enter") int hz_is_250(void *ctx) { return table[hz_250]; }
SEC("raw_tp/sys_enter") int hz_is_1000(void *ctx) { return table[hz_1000]; }
SEC("raw_tp/sys_enter") int not_listed(void *ctx) { sink = CONFIG_PANIC_TIMEOUT; return 0; }
SEC("raw_tp/sys_enter") int symbol_decides(void *ctx) { return &no_such_symbol ? table[hz_1000] : 0; }
SEC("raw_tp/sys_enter") int symbol_alike(void *ctx) { sink = (u64)&no_such_symbol; return 0; }
SEC("raw_tp/sys_enter") int cpus_decide(void *ctx) { return table[this_cpu()]; }
SEC("raw_tp/sys_enter") int cpus_alike(void *ctx) { return this_cpu() < sizeof(table) ? table[this_cpu() & 511] : 0; }
SEC("raw_tp/sys_enter") int asks_nothing(void *ctx) { return table[hz_250]; }

GPL;
