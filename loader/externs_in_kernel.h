// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The externs of an object that name something of the kernel: where it lies in the target (bpf_object__resolve_externs,
// libbpf 1.7).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "kernel_db/target.h"
#include "loader/object.h"

namespace bpfcheck::loader {

struct UnknownExtern {
  UnknownFact fact;
  bool may_refuse;  ///< with one of the values that it may have libbpf refuses the object, whatever a program does
};
/// By index of Object::externs.
using UnknownExterns = std::vector<std::optional<UnknownExtern>>;

struct ResolvedExtern {
  bool set = false;
  bool unplaced = false;  ///< its address is not known
  u32 btf_id = 0;
  u32 btf_index = 0;  ///< in LinkedProgram::btfs
  u64 address = 0;
};

/// By index of Object::externs. `prog` is the program that errors name, with libbpf's errno; what is not known is added
/// to `unknown`.
Result<std::vector<ResolvedExtern>> resolve_externs(const Object& obj, const ObjectProgram& prog, const Target& target,
                                                    std::span<const btf::BtfPtr> btfs, UnknownExterns& unknown);

/// What errors about a program name: the object and it.
std::string place_of(const Object& obj, const ObjectProgram& prog);

}  // namespace bpfcheck::loader
