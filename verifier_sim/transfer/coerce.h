// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Cutting and sign-extending scalars (coerce_reg_to_size*: kernel/bpf/verifier.c, 6.18). Sizes in bytes.
#pragma once

#include "verifier_sim/domain/scalar.h"

namespace bpfcheck::sim {

void coerce_reg_to_size(Scalar& s, int size, RangeRules rules);
void coerce_reg_to_size_sx(Scalar& s, int size);
void coerce_subreg_to_size_sx(Scalar& s, int size);

}  // namespace bpfcheck::sim
