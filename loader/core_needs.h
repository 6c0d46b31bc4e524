// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What of a kernel's BTF an object's CO-RE relocations need.
#pragma once

#include "btf/subset.h"
#include "loader/object.h"

namespace bpfcheck::loader {

/// Adds the types and members to which the relocations lead: against the subset alone they come out as against the
/// whole. Errors: a relocation that makes no sense, or candidates that disagree.
Result<void> keep_core_needs(const Object& object, const btf::Btf& kernel, btf::Subset& subset);

}  // namespace bpfcheck::loader
