// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Objects of the kernel that live in a program's stack (dynptrs, iterators, saved interrupt flags): where they may stand
// and that they are read (stack_slot_obj_get_spi, mark_stack_slot_obj_read: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// The first slot (highest address) of an object of `nr_slots` at this pointer; -EINVAL with words, or -ERANGE where the
/// stack does not reach that far.
int stack_slot_obj_get_spi(Env& env, const Reg* reg, const char* obj_kind, int nr_slots);
int mark_stack_slot_obj_read(Env& env, const Reg* reg, int spi, int nr_slots);

}  // namespace bpfcheck::sim
