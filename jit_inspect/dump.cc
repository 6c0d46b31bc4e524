// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See dump.h. What is hidden from whom: bpf_dump_raw_ok (include/linux/filter.h), kallsyms_show_value (kernel/ksyms_common.c),
// bpf_prog_get_info_by_fd (kernel/bpf/syscall.c), 6.18.
#include "jit_inspect/dump.h"

#include <algorithm>
#include <fstream>

namespace bpfcheck::jit {
namespace {

s64 sysctl(const char* path) {
  std::ifstream in(path);
  s64 v = -1;
  in >> v;
  return v;
}

void say_what_is_hidden(ProgramDump& d) {
  const auto& info = d.info;
  const bool no_addresses = info.ksyms.empty() || info.ksyms[0] == 0;
  if (!info.jited_len) d.hidden.push_back(sysctl("/proc/sys/net/core/bpf_jit_enable") == 0 ? "no native code: the JIT is off (net.core.bpf_jit_enable = 0), the program is interpreted"
                                                                                           : "no native code: the program is interpreted");
  else if (info.jited.empty()) d.hidden.push_back("native code is hidden: kernel.kptr_restrict, or this process lacks CAP_SYSLOG");
  if (info.xlated_len && info.xlated.empty()) d.hidden.push_back("translated instructions are hidden: constants are blinded (net.core.bpf_jit_harden), and kernel.kptr_restrict or a lack of CAP_SYSLOG forbids to show them");
  if (info.jited_len && no_addresses) d.hidden.push_back("addresses of native code are hidden: kernel.kptr_restrict, or this process lacks CAP_SYSLOG");
  if (!d.call_base) d.hidden.push_back("addresses of kernel functions are hidden: kernel.kptr_restrict, or this process lacks CAP_SYSLOG");
}

}  // namespace

Arch host_arch() {
#if defined(__x86_64__)
  return Arch::x86_64;
#elif defined(__aarch64__)
  return Arch::arm64;
#elif defined(__s390x__)
  return Arch::s390x;
#else
  return Arch::other;
#endif
}

Result<ProgramDump> read_dump(const loader::sys::Fd& prog, const loader::KernelSymbols& symbols) {
  ProgramDump d;
  BPFCHECK_ASSIGN(d.info, loader::sys::prog_info(prog));
  d.arch = host_arch();
  if (d.info.btf_id) {
    BPFCHECK_ASSIGN(auto fd, loader::sys::btf_by_id(d.info.btf_id));
    BPFCHECK_ASSIGN(auto raw, loader::sys::btf_info(fd));
    BPFCHECK_ASSIGN(d.btf, btf::Btf::parse(raw.data, {.origin = "BTF of the program"}));
  }
  d.call_base = symbols.address("__bpf_call_base").value_or(0);
  auto keep = [&](u64 address) {
    if (auto name = symbols.at(address); !name.empty()) d.symbols.emplace(address, name);
  };
  for (u64 address : d.info.ksyms) keep(address);
  for (const Insn& i : d.info.xlated)
    if (i.code == (bpf::JMP | bpf::CALL) && i.src != bpf::PSEUDO_CALL && d.call_base) keep(d.call_base + static_cast<u64>(static_cast<s64>(i.imm)));
  // Native calls may go where no BPF instruction does: the JIT's own, and thunks.
  const u64 begin = d.info.ksyms.empty() ? 0 : d.info.ksyms[0];
  for (size_t i = 0; d.arch == Arch::x86_64 && begin && i + 5 <= d.info.jited.size(); i++) {
    if (d.info.jited[i] != 0xe8 && d.info.jited[i] != 0xe9) continue;
    u64 at = begin, end = 0;  // address of this byte: functions need not be neighbours
    size_t left = i;
    for (size_t f = 0; f < d.info.func_lens.size() && f < d.info.ksyms.size(); f++) {
      at = d.info.ksyms[f];
      end = d.info.func_lens[f];
      if (left < end) break;
      left -= end;
    }
    keep(at + left + 5 + static_cast<u64>(static_cast<s64>(load_as<s32>(d.info.jited.data() + i + 1, Endian::little))));
  }
  say_what_is_hidden(d);
  return d;
}

}  // namespace bpfcheck::jit
