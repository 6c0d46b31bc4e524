// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Object + target BTF -> LinkedProgram: CO-RE fixups applied, subprograms appended, maps, externs and kfuncs resolved,
// attach target found: what libbpf 1.7 does in bpf_object__load up to the system call.
#pragma once

#include <map>
#include <string>

#include "kernel_db/target.h"
#include "loader/object.h"

namespace bpfcheck::loader {

struct LinkOptions {
  /// Kconfig values ("CONFIG_HZ" -> "250"); absent options of weak externs are zero.
  std::map<std::string, std::string> kconfig;
  u32 kernel_version = 0;               ///< LINUX_KERNEL_VERSION; 0: from the target's line
  std::vector<btf::BtfPtr> modules;     ///< module BTFs over target.btf
};

/// Links one entry program. An error is what libbpf would report before the verifier is asked (stage "maps"), with its
/// errno.
Result<LinkedProgram> link(const Object& object, const ObjectProgram& prog, const Target& target, const LinkOptions& opts = {});

}  // namespace bpfcheck::loader
