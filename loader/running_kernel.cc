// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See running_kernel.h.
#include "loader/running_kernel.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>

#include "base/insn.h"
#include "btf/decompress.h"
#include "btf/source.h"
#include "kernel_db/sections.h"
#include "loader/syscall/bpf.h"

namespace bpfcheck::loader {
namespace {

constexpr u32 version_of(unsigned major, unsigned minor, unsigned patch) {
  return (major << 16) + (minor << 8) + std::min(patch, 255u);
}

/// get_kernel_version (libbpf 1.7): Ubuntu and Debian name the upstream version elsewhere than in the release.
u32 kernel_version(const utsname& u) {
  unsigned major = 0, minor = 0, patch = 0;
  if (auto signature = btf::read_text("/proc/version_signature"))
    if (std::sscanf(signature->c_str(), "%*s %*s %u.%u.%u", &major, &minor, &patch) == 3)
      return version_of(major, minor, patch);
  if (const char* debian = std::strstr(u.version, "Debian "))
    if (std::sscanf(debian, "Debian %u.%u.%u", &major, &minor, &patch) == 3) return version_of(major, minor, patch);
  return std::sscanf(u.release, "%u.%u.%u", &major, &minor, &patch) == 3 ? version_of(major, minor, patch) : 0;
}

std::optional<Kconfig> kernel_config(const utsname& u) {
  auto text = btf::read_text(std::string("/boot/config-") + u.release);
  if (!text) text = btf::read_text("/proc/config.gz");
  if (!text) return std::nullopt;
  return parse_kconfig(*text);
}

/// The level between brackets: "none [integrity] confidentiality".
Lockdown lockdown(const std::optional<Kconfig>& config) {
  if (auto text = btf::read_text("/sys/kernel/security/lockdown"))
    return text->find("[confidentiality]") != std::string::npos ? Lockdown::confidentiality
           : text->find("[integrity]") != std::string::npos     ? Lockdown::integrity
                                                                : Lockdown::none;
  return config ? boot_lockdown(*config) : Lockdown::none;
}

/// Every capability that loading some kind of program asks for, so that a refusal is the kernel's policy and not ours.
bool may_load_everything() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  if (::syscall(SYS_capget, &head, data) != 0) return false;
  auto has = [&](u32 cap) { return (data[cap / 32].effective >> cap % 32) & 1; };
  return has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON) && has(CAP_NET_ADMIN));
}

/// r0 = 0; exit. The errno, positive, or 0.
int try_program(ProgType type, u32 attach_type) {
  const Insn insns[] = {{.code = bpf::ALU64 | bpf::MOV | bpf::K}, {.code = bpf::JMP | bpf::EXIT}};
  sys::ProgLoadAttr attr{};
  attr.prog_type = static_cast<u32>(type);
  attr.expected_attach_type = attach_type;
  attr.insn_cnt = 2;
  attr.insns = sys::address(insns);
  attr.license = sys::address("GPL");
  const int result = sys::bpf(sys::Cmd::PROG_LOAD, attr);
  const sys::Fd fd(result);
  return result < 0 ? -result : 0;
}

std::vector<RefusedProgram> refused_programs() {
  std::vector<RefusedProgram> out;
  if (!may_load_everything() || try_program(ProgType::SOCKET_FILTER, 0)) return out;
  std::set<std::pair<ProgType, u32>> seen;
  for (const SectionDef& def : section_defs())
    if (seen.emplace(def.type, def.attach_type).second)
      if (int err = try_program(def.type, def.attach_type); err == EPERM || err == EACCES)
        out.push_back({def.type, def.attach_type, err});
  return out;
}

}  // namespace

bool is_running_kernel(const btf::Btf& btf, const std::string& path) {
  if (path == running_kernel_btf) return true;
  auto running = map_file(running_kernel_btf);
  return running && std::ranges::equal(running->bytes, btf.raw().bytes);
}

std::string module_name(const std::string& path) {
  std::string name = path.substr(path.find_last_of('/') + 1);
  name = name.substr(0, name.find('.'));
  std::ranges::replace(name, '-', '_');
  return name;
}

std::vector<ModuleBtf> running_modules(const btf::BtfPtr& vmlinux) {
  std::vector<ModuleBtf> out;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/kernel/btf", unreadable)) {
    const std::string path = entry.path();
    if (path == running_kernel_btf) continue;
    if (auto btf = btf::open(path, vmlinux)) out.push_back({module_name(path), std::move(*btf)});
  }
  std::ranges::sort(out, {}, &ModuleBtf::name);
  return out;
}

std::optional<Release> running_release() {
  utsname u{};
  const u32 version = ::uname(&u) == 0 ? kernel_version(u) : 0;
  if (!version) return std::nullopt;
  return Release{version >> 8, version & 0xff};
}

KernelFacts gather_facts() {
  KernelFacts facts;
  facts.source = "the running kernel";
  utsname u{};
  if (::uname(&u) == 0) {
    facts.version = kernel_version(u);
    facts.config = kernel_config(u);
  }
  facts.symbols = std::make_shared<SymbolTable>([] { return btf::read_text("/proc/kallsyms"); });
  facts.lockdown = lockdown(facts.config);
  facts.refused = refused_programs();
  return facts;
}

}  // namespace bpfcheck::loader
