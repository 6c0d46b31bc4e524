// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Dynptrs as arguments (__mark_dynptr_reg: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {

inline void mark_dynptr_reg(Reg* reg, DynptrType type, bool first_slot, u32 dynptr_id) {
  mark_reg_known_zero_raw(reg);
  reg->type = CONST_PTR_TO_DYNPTR;
  reg->id = dynptr_id;
  reg->u.dynptr_type = type;
  reg->u.dynptr_first_slot = first_slot;
}

}  // namespace bpfcheck::sim
