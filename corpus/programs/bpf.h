/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the corpus programs need, without libbpf's headers: types, section macros, the helpers they call. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val)* name
#define noinline __attribute__((noinline))

enum { MAP_HASH = 1, MAP_ARRAY = 2, MAP_RINGBUF = 27 };

struct xdp_md {
  u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};
struct __sk_buff {
  u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex,
      ifindex, tc_index, cb[5], hash, tc_classid, data, data_end;
};
struct pt_regs_x86 {
  u64 r[21];
};

static void* (*const map_lookup_elem)(void* map, const void* key) = (void*)1;
static long (*const map_update_elem)(void* map, const void* key, const void* value, u64 flags) = (void*)2;
static long (*const probe_read_kernel)(void* dst, u32 size, const void* src) = (void*)113;
static u64 (*const ktime_get_ns)(void) = (void*)5;
static u32 (*const get_prandom_u32)(void) = (void*)7;
static u64 (*const get_current_pid_tgid)(void) = (void*)14;
static long (*const get_current_comm)(void* buf, u32 size) = (void*)16;
static void* (*const get_current_task)(void) = (void*)35;
static void* (*const ringbuf_reserve)(void* ringbuf, u64 size, u64 flags) = (void*)131;
static void (*const ringbuf_submit)(void* data, u64 flags) = (void*)132;
static long (*const xdp_adjust_head)(void* ctx, int delta) = (void*)44;
static u32 (*const get_smp_processor_id)(void) = (void*)8;

#define GPL char _license[] SEC("license") = "GPL"
