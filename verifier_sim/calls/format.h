// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Arguments that are strings of a read-only map, and the format of bpf_snprintf (check_reg_const_str and
// check_bpf_snprintf_call: kernel/bpf/verifier.c; bpf_bprintf_prepare: kernel/bpf/helpers.c; 6.18).
#pragma once

#include <string_view>

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// The register points to a zero-terminated string that cannot change.
Stop check_reg_const_str(Env& env, const Reg& reg, u32 regno);
/// The format in r3 takes as many values as r5 gives bytes for.
Stop check_snprintf_format(Env& env);
/// Every conversion of a format is one that programs may use, and there are at most `args` of them.
bool valid_format(std::string_view format, u64 args, bool utf8 = true);

}  // namespace bpfcheck::sim
