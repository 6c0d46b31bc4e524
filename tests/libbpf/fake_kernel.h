// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A kernel that says yes: bpf(2) as libbpf sees it in this test. Maps and BTF come to be as empty files, every program
// loads and is kept, and the kernel's BTF, symbols and configuration are files that the test names. So libbpf does all
// that it does up to the system call, against any kernel's BTF, without privileges.
#pragma once

#include <linux/bpf.h>

#include <map>
#include <string>
#include <vector>

struct btf;  // libbpf's

namespace bpfcheck::test {

struct FuncRec {
  __u32 insn_off, type_id;
};
struct LineRec {
  __u32 insn_off, file_name_off, line_off, line_col;
};

/// What BPF_PROG_LOAD was given.
struct LoadedProgram {
  const void* insns_at;  ///< libbpf's own buffer: tells programs from feature probes
  std::vector<bpf_insn> insns;
  std::vector<FuncRec> func_info;
  std::vector<LineRec> line_info;
  std::vector<unsigned char> btf;  ///< the program's
  __u32 type, expected_attach_type, flags, attach_btf_id;
};

struct FakeKernel {
  ::btf* vmlinux = nullptr;       ///< not owned
  std::string kallsyms, kconfig;  ///< files
  std::vector<LoadedProgram> programs;
  std::map<int, std::vector<unsigned char>> btfs;  ///< what BPF_BTF_LOAD was given, by descriptor
  /// As Linux 5.4: BTF has neither floats, tags nor 64-bit enums, no global functions and no optional data sections;
  /// "arg:ctx" means nothing, and arrays cannot be mapped.
  bool old = false;
};

FakeKernel& fake_kernel();

}  // namespace bpfcheck::test
