// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Global functions whose argument is the context by a tag, for kernels that know the tag and for those that do not. Compiled
// like corpus/programs, and as those without DWARF.
#include "../../corpus/programs/bpf.h"

#define ctx_arg __attribute__((btf_decl_tag("arg:ctx")))
struct pt_regs { u64 r[21]; };

noinline int of_any(void *ctx ctx_arg, int n) { return ((struct __sk_buff *)ctx)->len + n; }
noinline int of_skb(struct __sk_buff *skb ctx_arg) { return skb->len; }
static noinline int of_nobody(void *ctx ctx_arg) { return ((struct __sk_buff *)ctx)->len; }
__attribute__((visibility("hidden"))) noinline int of_hidden(void *ctx ctx_arg) { return ((struct __sk_buff *)ctx)->len; }

SEC("tc") int two_functions(struct __sk_buff *skb) { return of_any(skb, 1) + of_skb(skb) > 10; }
SEC("tc") int static_function(struct __sk_buff *skb) { return of_nobody(skb) > 10; }
SEC("tc") int hidden_function(struct __sk_buff *skb) { return of_hidden(skb) > 10; }

noinline int of_registers(struct pt_regs *regs ctx_arg) { return regs->r[0] != 0; }
SEC("kprobe/do_exit") int probe(struct pt_regs *regs) { return of_registers(regs); }

noinline int of_numbers(u64 *args ctx_arg) { return args[0] != 0; }
SEC("raw_tp/sys_enter") int raw(u64 *args) { return of_numbers(args); }

GPL;
