// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Validation of parsed BTF, after libbpf 1.7's btf_sanity_check (tools/lib/bpf/btf.c): references and names inside the
// data, no cycle that has no size.
#pragma once

#include "btf/btf.h"

namespace bpfcheck::btf {

/// Errors name origin, byte offset and type id.
Result<void> validate(const Btf& btf);
/// One type alone; false where something is wrong with it.
bool validate(const Btf& btf, u32 id);

}  // namespace bpfcheck::btf
