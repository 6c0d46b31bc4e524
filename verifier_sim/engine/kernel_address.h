// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Whether the kernel finds the address of what its BTF names (kallsyms_lookup_name).
#pragma once

#include "kernel_db/target.h"

namespace bpfcheck::sim {

/// Of a variable or function that a program loads the address of.
bool has_address(const Target& target, const btf::Type& t, bool in_vmlinux);

/// Of a function that a tracing program attaches to. A compiler may have given a static function another name
/// ("name.isra.0"), and the BTF lists it by the first: only symbols from a file tell, else it is taken to be there.
bool is_traceable(const Target& target, const btf::Type& function);

}  // namespace bpfcheck::sim
