// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The types that stand for a program's context in signatures (btf_is_prog_ctx_type, get_kern_ctx_btf_id:
// kernel/bpf/btf.c, 6.18). vmlinux's BTF holds them: two members for each program type in struct bpf_ctx_convert.
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// The context's type of the user interface that stands for the kernel's own.
constexpr bool is_projection_of(std::string_view uapi, std::string_view kernel) {
  return (uapi == "__sk_buff" && kernel == "sk_buff") || (uapi == "xdp_md" && kernel == "xdp_buff");
}
/// Pointer type `ptr` of `btf` is one to the context, as programs of this type declare it.
bool btf_is_prog_ctx_type(Env& env, const btf::Btf* btf, btf::Type ptr);
/// The structure behind the context, in vmlinux's BTF.
Expected<u32> get_kern_ctx_btf_id(Env& env);

}  // namespace bpfcheck::sim
