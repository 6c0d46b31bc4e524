// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See privilege.h.
#include "loader/load/privilege.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "kernel_db/availability.h"

namespace bpfcheck::loader {
namespace {

constexpr u32 cap_net_admin = 12, cap_sys_admin = 21, cap_perfmon = 38, cap_bpf = 39;

}  // namespace

Capabilities own_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (::syscall(SYS_capget, &header, data) != 0) return {false, false, false, false};
  auto has = [&](u32 cap) { return (data[cap / 32].effective >> (cap % 32)) & 1; };
  return {has(cap_bpf) != 0, has(cap_perfmon) != 0, has(cap_net_admin) != 0, has(cap_sys_admin) != 0};
}

Result<void> may_load(ProgType type, const Capabilities& caps) {
  auto missing = [](const char* cap, const std::string& what) {
    return fail("bpf()",
                fmt::format("{} needs {} (or CAP_SYS_ADMIN), which this process does not have: run it as root, or give "
                            "it that capability",
                            what, cap),
                EPERM);
  };
  if (caps.sys_admin) return {};
  if (!caps.bpf) return missing("CAP_BPF", "loading programs and creating maps");
  if (needs_net_admin(type) && !caps.net_admin)
    return missing("CAP_NET_ADMIN", fmt::format("loading a program of type {}", prog_type_name(type)));
  if (needs_perfmon(type) && !caps.perfmon)
    return missing("CAP_PERFMON", fmt::format("loading a program of type {}", prog_type_name(type)));
  return {};
}

}  // namespace bpfcheck::loader
