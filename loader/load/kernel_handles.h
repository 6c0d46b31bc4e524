// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What loading into the running kernel needs of it beyond what a target knows: descriptors of its modules' BTF, and
// what of an object it does not take.
#pragma once

#include <vector>

#include "kernel_db/target.h"
#include "loader/load/object_btf.h"
#include "loader/syscall/bpf.h"

namespace bpfcheck::loader {

struct KernelHandles {
  u32 version = 0;                   ///< LINUX_KERNEL_VERSION
  std::vector<sys::Fd> module_btfs;  ///< as Target::modules; none where a module is gone
  BtfSupport btf;
  bool ctx_tag = true;          ///< knows arguments that are tagged "arg:ctx" (6.8)
  bool mmapable_arrays = true;  ///< 5.5
};

/// Never fails: what cannot be had is not there. `target` is the running kernel's.
KernelHandles open_kernel(const Target& target);

}  // namespace bpfcheck::loader
