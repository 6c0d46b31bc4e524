// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Whether a parameter's type is the context of a program type (btf_is_prog_ctx_type, btf_validate_prog_ctx_type:
// kernel/bpf/btf.c, 6.18). The kernel's BTF lists the context of every program type in struct bpf_ctx_convert.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// `ptr` points to what the kernel takes for this program type's context without being told.
bool btf_is_prog_ctx_type(Env& env, const btf::Btf& btf, btf::Type ptr, ProgType type);
/// A parameter tagged as the context points to something that may stand for it: 0, or the words have been noted.
Stop btf_validate_prog_ctx_type(Env& env, const btf::Btf& btf, btf::Type ptr, u32 arg);

}  // namespace bpfcheck::sim
