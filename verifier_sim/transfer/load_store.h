// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Loads and stores of registers (check_load_mem, check_store_reg: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

Stop check_load_mem(Env& env, const Insn* insn, bool strict_alignment_once, bool is_ldsx, bool allow_trust_mismatch,
                    const char* ctx);
Stop check_store_reg(Env& env, const Insn* insn, bool strict_alignment_once);
/// One instruction goes through one kind of pointer on every path.
Stop save_aux_ptr_type(Env& env, u32 type, bool allow_trust_mismatch);

}  // namespace bpfcheck::sim
