// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Whether the kernel takes a program's BTF. libbpf goes on without BTF where it does not, so that the verifier then
// knows neither functions nor lines (btf_check_all_metas, btf_check_all_types: kernel/bpf/btf.c, 6.18).
#pragma once

#include "btf/btf.h"

namespace bpfcheck::btf {

/// Error: EINVAL with type id, kind, name and the kernel's reason. What libbpf fills in before it loads (sizes and
/// offsets of data sections, linkage and parameter names of externs) is not judged.
Result<void> kernel_check(const Btf& btf);

}  // namespace bpfcheck::btf
