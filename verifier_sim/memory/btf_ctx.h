// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The context of programs that attach by BTF: the arguments of a kernel function, eight bytes each (btf_ctx_access:
// kernel/bpf/btf.c, 6.18; the is_valid_access of tracing, LSM and struct_ops programs).
#pragma once

#include "verifier_sim/memory/ctx.h"

namespace bpfcheck::sim {

/// This program type's context is the argument list of env.prog.attach_func_proto.
bool has_btf_ctx(const Env& env);
/// False where the access is refused; words about why may have been noted, the refusal itself is the caller's.
bool btf_ctx_is_valid_access(Env& env, int off, int size, AccessType t, CtxAccess* info);

/// Index of the argument that holds byte `off` of the context; one past the last for the return value, two past beyond.
u32 btf_ctx_arg_idx(const btf::Btf& btf, btf::Type func_proto, int off);
/// Byte offset of an argument in the context; negative where a type has no size.
std::optional<u32> btf_ctx_arg_offset(const btf::Btf& btf, btf::Type func_proto, u32 arg);

}  // namespace bpfcheck::sim
