// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One access to a context or a socket held against the rows of kernel_db/contexts.
#pragma once

#include "kernel_db/contexts.h"
#include "verifier_sim/memory/ctx.h"

namespace bpfcheck::sim {

/// The is_valid_access of a view: whether the access may be, and what it gives.
bool ctx_field_is_valid_access(const Env& env, CtxView view, int off, int size, AccessType t, CtxAccess* info);
/// The view that a pointer type gives: the program's context, or a socket; CtxView::none where it is neither.
CtxView ctx_view_behind(const Env& env, u32 ptr_type);
/// Whether the kernel has instructions for what lies at an offset that such an access may start from.
bool ctx_is_rewritten(const Env& env, CtxView view, int off, AccessType t);
/// Fields of PTR_TO_SOCKET, PTR_TO_SOCK_COMMON, PTR_TO_TCP_SOCK and PTR_TO_XDP_SOCK (check_sock_access,
/// kernel/bpf/verifier.c, 6.18).
Stop check_sock_access(Env& env, u32 insn_idx, u32 regno, int off, int size, AccessType t);

}  // namespace bpfcheck::sim
