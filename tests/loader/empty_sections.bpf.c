// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What GCC's assembler leaves in every object: .data and .bss of no bytes. Compiled by gcc-bpf 12:
// bpf-gcc -g -gbtf -mco-re -O2 -mcpu=v3 -c empty_sections.bpf.c, and llvm-strip-19 -g
__attribute__((section("xdp"))) int pass(void *ctx) { return 2; }
char _license[] __attribute__((section("license"))) = "GPL";
