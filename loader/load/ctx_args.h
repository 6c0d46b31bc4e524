// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Arguments tagged "arg:ctx" for a kernel before 6.8, which goes by their type alone: the tagged functions get a
// prototype with a pointer to the context's structure in their place (bpf_program_fixup_func_info: libbpf 1.7).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "kernel_db/target.h"
#include "loader/object.h"
#include "loader/program.h"

namespace bpfcheck::loader {

struct CtxArgs {
  std::vector<u8> btf;              ///< raw, as it goes to the kernel, with the new functions at its end
  std::vector<FuncInfo> func_info;  ///< that name them
};

/// Nothing where the program has no such argument, or it is well typed.
std::optional<CtxArgs> type_ctx_args(const Object& object, ProgType type, Arch arch, std::span<const FuncInfo> funcs);

/// Asks the running kernel whether it knows the tag.
bool kernel_knows_ctx_tag();

}  // namespace bpfcheck::loader
