// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reading and writing registers (check_reg_arg, is_reg64: kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

enum RegArg : u8 { SRC_OP, DST_OP, DST_OP_NO_MARK };

Stop check_reg_arg_in(Env& env, Frame& frame, u32 regno, RegArg t);
inline Stop check_reg_arg(Env& env, u32 regno, RegArg t) {
  return check_reg_arg_in(env, *env.path.cur_func(), regno, t);
}

}  // namespace bpfcheck::sim
