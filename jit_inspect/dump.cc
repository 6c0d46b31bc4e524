// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See dump.h. What is hidden from whom: bpf_dump_raw_ok (include/linux/filter.h), kallsyms_show_value
// (kernel/ksyms_common.c), bpf_prog_get_info_by_fd (kernel/bpf/syscall.c), 6.18.
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
  if (!info.jited_len)
    d.hidden.push_back(sysctl("/proc/sys/net/core/bpf_jit_enable") == 0
                           ? "no native code: the JIT is off (net.core.bpf_jit_enable = 0), the program is interpreted"
                           : "no native code: the program is interpreted");
  else if (info.jited.empty())
    d.hidden.push_back("native code is hidden: kernel.kptr_restrict, or this process lacks CAP_SYSLOG");
  if (info.xlated_len && info.xlated.empty())
    d.hidden.push_back(
        "translated instructions are hidden: constants are blinded (net.core.bpf_jit_harden), and kernel.kptr_restrict "
        "or a lack of CAP_SYSLOG forbids to show them");
  if (info.jited_len && no_addresses)
    d.hidden.push_back("addresses of native code are hidden: kernel.kptr_restrict, or this process lacks CAP_SYSLOG");
  if (!d.call_base)
    d.hidden.push_back(
        "addresses of kernel functions are hidden: kernel.kptr_restrict, or this process lacks CAP_SYSLOG");
}

/// How far a call or jump at this byte goes; nothing where none is. A guess where instructions have any length: an
/// address that is no symbol's does no harm.
std::optional<s64> branch(Arch arch, Bytes code, size_t at) {
  if (arch == Arch::x86_64 && at + 5 <= code.size() && (code[at] == 0xe8 || code[at] == 0xe9))
    return s64{5} + load_as<s32>(code.data() + at + 1, Endian::little);
  if (arch != Arch::arm64 || at % 4 || at + 4 > code.size()) return std::nullopt;
  const auto insn = load_as<u32>(code.data() + at, Endian::little);
  constexpr u32 b = 0b000101, bl = 0b100101;
  if (insn >> 26 != b && insn >> 26 != bl) return std::nullopt;
  return s64{static_cast<s32>(insn << 6) >> 4};  // 26 bits that count instructions
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
    if (i.code == (bpf::JMP | bpf::CALL) && i.src != bpf::PSEUDO_CALL && d.call_base)
      keep(d.call_base + static_cast<u64>(static_cast<s64>(i.imm)));
  // Native calls may go where no BPF instruction does: the JIT's own, and thunks.
  const Bytes code = d.info.jited;
  for (size_t f = 0, begin = 0;
       f < d.info.func_lens.size() && f < d.info.ksyms.size() && d.info.func_lens[f] <= code.size() - begin; f++) {
    if (d.info.ksyms[f])
      for (size_t i = 0; i < d.info.func_lens[f]; i++)
        if (const auto distance = branch(d.arch, code.subspan(begin, d.info.func_lens[f]), i))
          keep(d.info.ksyms[f] + i + static_cast<u64>(*distance));
    begin += d.info.func_lens[f];
  }
  say_what_is_hidden(d);
  return d;
}

}  // namespace bpfcheck::jit
