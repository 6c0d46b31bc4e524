// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// An object's BTF as it goes to the kernel: externs made into variables, hidden functions into static ones, and what an
// older kernel does not know replaced by what it does (bpf_object__collect_externs, bpf_object__sanitize_btf:
// libbpf 1.7).
#pragma once

#include <vector>

#include "loader/object.h"

namespace bpfcheck::loader {

/// What BTF a kernel takes.
struct BtfSupport {
  bool func = true, func_global = true, datasec = true, float_kind = true, decl_tag = true, type_tag = true,
       enum64 = true, qmark_datasec = true;
  bool operator==(const BtfSupport&) const = default;
};

/// Raw BTF in the object's byte order. Errors: an extern that no symbol stands for.
Result<std::vector<u8>> btf_for_kernel(const Object& obj);

/// The same types under the same ids, without the kinds that the kernel lacks.
std::vector<u8> sanitize_btf(std::vector<u8> raw, const BtfSupport& kernel);

/// Asks the running kernel, with a BTF of a few types for each.
BtfSupport probe_btf_support();

}  // namespace bpfcheck::loader
