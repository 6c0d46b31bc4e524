/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Strings that must not change, formats, and a helper that depends on what a program attaches to. */
#include "bpf.h"

static long (*const snprintf)(char *out, u32 size, const char *format, const u64 *data, u32 bytes) = (void *)165;
static long (*const strncmp)(const char *a, u32 size, const char *b) = (void *)182;
static u64 (*const get_func_ip)(void *ctx) = (void *)173;

struct { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, char[8]); } writable SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, char[8]); __uint(map_flags, 128); } not_frozen SEC(".maps");
const char endless[8] SEC(".rodata.endless") = {'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'};
const char word[8] = "word";
char buf[64];

SEC("socket") int compares(void *ctx)
{
	char here[8] = "word";
	return (int)strncmp(here, 8, &word[2]);
}
SEC("socket") int compares_endless(void *ctx)
{
	char here[8] = "word";
	return (int)strncmp(here, 8, endless);
}
SEC("socket") int compares_writable(void *ctx)
{
	char here[8] = "word";
	u32 key = 0;
	char *s = map_lookup_elem(&writable, &key);
	return s ? (int)strncmp(here, 8, s) : 0;
}
SEC("socket") int compares_not_frozen(void *ctx)
{
	char here[8] = "word";
	u32 key = 0;
	char *s = map_lookup_elem(&not_frozen, &key);
	return s ? (int)strncmp(here, 8, s) : 0;
}
SEC("socket") int compares_variable(void *ctx)
{
	char here[8] = "word";
	return (int)strncmp(here, 8, &word[get_prandom_u32() & 3]);
}

SEC("raw_tp/sys_enter") int formats(void *ctx)
{
	static const char format[] = "%08d %-5u %pI4 %pks %s.";
	u64 data[5] = {1, 2, 3, 4, 5};
	return (int)snprintf(buf, sizeof(buf), format, data, sizeof(data));
}
SEC("raw_tp/sys_enter") int formats_too_much(void *ctx)
{
	static const char format[] = "%d %d";
	u64 data[1] = {1};
	return (int)snprintf(buf, sizeof(buf), format, data, sizeof(data));
}

SEC("kprobe/vfs_read") int where_at_probe(void *ctx) { return get_func_ip(ctx) != 0; }
SEC("tp_btf/sys_enter") int where_at_tracepoint(void *ctx) { return get_func_ip(ctx) != 0; }
SEC("raw_tp/sys_enter") int where_at_raw_tracepoint(void *ctx) { return get_func_ip(ctx) != 0; }

GPL;
