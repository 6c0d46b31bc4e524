// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See bounds_check.h.
#include "verifier_sim/memory/bounds_check.h"

#include <type_traits>

namespace bpfcheck::sim {

Stop reg_bounds_sanity_check(Env& env, Reg* reg, const char* ctx) {
  const char* what = env.laws.ranges->violation(*reg);
  if (!what) return go_on;
  auto unsigned_ = [](auto v) { return static_cast<u64>(static_cast<std::make_unsigned_t<decltype(v)>>(v)); };
  env.notes.note(Msg::RegInvariants, ctx, what, reg->umin(), reg->umax(), unsigned_(reg->smin()),
                 unsigned_(reg->smax()), reg->u32_min(), reg->u32_max(), unsigned_(reg->s32_min()),
                 unsigned_(reg->s32_max()), reg->var_off().value, reg->var_off().mask);
  if (env.prog.may.test_reg_invariants) return Stop::refused(EFAULT);
  reg->set_unbounded();
  return go_on;
}

Stop mark_reg_s32_range(Env& env, Reg* regs, u32 regno, s32 min, s32 max) {
  Reg* reg = &regs[regno];
  env.laws.ranges->confine(*reg, min, max);
  return reg_bounds_sanity_check(env, reg, "s32_range");
}

}  // namespace bpfcheck::sim
