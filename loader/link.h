// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Object + target BTF -> LinkedProgram: CO-RE fixups applied, subprograms appended, maps, externs and kfuncs resolved,
// attach target found: what libbpf 1.7 does in bpf_object__load up to BPF_PROG_LOAD.
#pragma once

#include "kernel_db/target.h"
#include "loader/kernel.h"
#include "loader/object.h"

namespace bpfcheck::loader {

/// Links one entry program. An error is what libbpf would report before the verifier is asked (stage "maps"), with its
/// errno. `kernel` answers for the target.
Result<LinkedProgram> link(const Object& object, const ObjectProgram& prog, const Target& target, const Kernel& kernel);

}  // namespace bpfcheck::loader
