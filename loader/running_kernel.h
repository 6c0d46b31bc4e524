// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What can be found out about the kernel that runs here and stands in no BTF: its configuration and symbols, where
// libbpf 1.7 looks for them, and which kinds of programs a policy keeps from its verifier.
#pragma once

#include <optional>
#include <string>

#include "kernel_db/kernel_facts.h"
#include "kernel_db/release.h"
#include "kernel_db/target.h"

namespace bpfcheck::loader {

inline constexpr const char* running_kernel_btf = "/sys/kernel/btf/vmlinux";

/// True where this is the running kernel's BTF, be it a copy.
bool is_running_kernel(const btf::Btf& btf, const std::string& path);

/// "nf_conntrack" of /lib/modules/.../nf-conntrack.ko.xz.
std::string module_name(const std::string& path);
/// BTF of the modules that are loaded, by name; what cannot be read is left out.
std::vector<ModuleBtf> running_modules(const btf::BtfPtr& vmlinux);

/// What it says of itself: the upstream version, as libbpf finds it.
std::optional<Release> running_release();

/// Never fails: what cannot be read stays unknown. Where the process may load programs, one of two instructions is
/// loaded, and dropped at once, for each kind of program that libbpf knows; nothing is attached.
KernelFacts gather_facts();

}  // namespace bpfcheck::loader
