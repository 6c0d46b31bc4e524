// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Pointers to objects that a map value or an allocated object holds (map_kptr_match_type, check_map_kptr_access:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// -EACCES where what the register holds may not be put into this field.
Stop map_kptr_match_type(Env& env, const Field& kptr, const Reg& reg, u32 regno);
/// The load or store at `insn_idx` of a field of FIELD_KPTR or FIELD_UPTR, whose place and size are right.
Stop check_map_kptr_access(Env& env, int value_regno, u32 insn_idx, const Field& kptr);

}  // namespace bpfcheck::sim
