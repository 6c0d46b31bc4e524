// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// struct_ops maps against the kernel's types: which program becomes which member (bpf_map__init_kern_struct_ops,
// libbpf 1.7).
#pragma once

#include <string>
#include <vector>

#include "loader/object.h"
#include "loader/record.h"

namespace bpfcheck::loader {

/// A program that implements a member of the kernel's structure.
struct StructOpsSlot {
  std::string prog;
  u32 kern_type_id = 0, kern_member_idx = 0;
  btf::BtfPtr kern_btf;
};

/// Sets the map's size and value type to the kernel's; adds its programs to `slots`. Errors are libbpf's, with its
/// errno.
Result<void> init_kern_struct_ops(const btf::Btf& local, MapDef& map, KernelBtfs kernel,
                                  std::vector<StructOpsSlot>& slots);

}  // namespace bpfcheck::loader
