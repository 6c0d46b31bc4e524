// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Does a target type stand for a local one (bpf_core_types_are_compat, bpf_core_types_match, bpf_core_spec_match:
// libbpf 1.7 relo_core.c)? Answers are 1, 0, or a negative errno where libbpf gives up on the whole object.
#pragma once

#include <expected>
#include <optional>

#include "core_reloc/spec.h"

namespace bpfcheck::core_reloc {

int types_are_compatible(const btf::Btf& local, u32 local_id, const btf::Btf& target, u32 target_id);
int types_match(const btf::Btf& local, u32 local_id, const btf::Btf& target, u32 target_id);

/// The access found in a candidate type; nothing where it has no such field or value.
std::expected<std::optional<Spec>, int> match_spec(const Spec& local, const btf::Btf& target, u32 target_id);

}  // namespace bpfcheck::core_reloc
