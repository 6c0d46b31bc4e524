// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Every load and store goes through here, by the kind of its pointer (check_mem_access: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/memory/call_meta.h"

namespace bpfcheck::sim {

/// `bpf_size` is the size field of an instruction; value_regno -1: no register takes or gives the value.
Stop check_mem_access(Env& env, int insn_idx, u32 regno, int off, u8 bpf_size, AccessType t, int value_regno,
                      bool strict_alignment_once, bool is_ldsx);
Stop check_helper_mem_access(Env& env, u32 regno, int access_size, AccessType t, bool zero_size_allowed,
                             CallMeta* meta);
Stop check_mem_size_reg(Env& env, const Reg* reg, u32 regno, AccessType t, bool zero_size_allowed, CallMeta* meta);
Stop check_mem_reg(Env& env, Reg* reg, u32 regno, u32 mem_size);

}  // namespace bpfcheck::sim
