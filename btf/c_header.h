// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// BTF as a C header that compiles for BPF and gives the same BTF again: a vmlinux.h.
#pragma once

#include <string>

#include "base/result.h"
#include "btf/btf.h"

namespace bpfcheck::btf {

/// Every type that C can name, in an order that C accepts, with the layout that the BTF tells; kfuncs as extern
/// functions. Of split BTF, the types of its own and what they need of the base's. Errors: types nested deeper than any
/// real C.
Result<std::string> c_header(const Btf& btf);

}  // namespace bpfcheck::btf
