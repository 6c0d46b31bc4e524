// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What of the kernel a program is attached to, by BTF id (libbpf_find_attach_btf_id, bpf_object_init_struct_ops:
// libbpf 1.7).
#pragma once

#include <span>

#include "kernel_db/target.h"
#include "loader/object.h"
#include "loader/struct_ops.h"

namespace bpfcheck::loader {

/// Finds the attach target of `prog` in `out.btfs` and notes it in `out`. `slots` are the members that the object's
/// struct_ops maps implement. Errors are libbpf's, with its errno.
Result<void> find_attach_target(const Object& obj, const ObjectProgram& prog, const Target& target,
                                std::span<const StructOpsSlot> slots, LinkedProgram& out);

}  // namespace bpfcheck::loader
