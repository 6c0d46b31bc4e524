// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a function that a program attaches to may return (bpf_lsm_get_retval_range: kernel/bpf/bpf_lsm.c, 6.18).
#pragma once

#include "base/types.h"

namespace bpfcheck::sim {

struct Program;

struct RetvalRange {
  s32 min = 0, max = 0;
  bool operator==(const RetvalRange&) const = default;
};

bool returns_void(const Program& prog);
bool is_lsm_mac(const Program& prog);
/// What an LSM hook may return; false where anything may be.
bool get_func_retval_range(const Program& prog, RetvalRange* range);

}  // namespace bpfcheck::sim
