// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See widen.h.
#include "verifier_sim/search/widen.h"

#include <algorithm>

#include "verifier_sim/search/explorer.h"

namespace bpfcheck::sim {
namespace {

bool is_widened(Env& env, const Reg& old, const Reg& cur) {
  IdMap& ids = env.explorer->idmap;
  if (old.type != SCALAR_VALUE || old.type != cur.type || cur.precise) return false;
  if (env.target.has(Feature::widening_ignores_ids)) return !same_content(old, cur);
  return !(same_content(old, cur) && ids.same(old.id, cur.id) && ids.same(old.ref_obj_id, cur.ref_obj_id));
}

}  // namespace

void widen_imprecise_scalars(Env& env, const SavedState& old, State* cur) {
  env.explorer->idmap.reset(env.path.id_gen);
  for (u32 f = old.curframe + 1; f-- > 0;) {
    const SavedFrame& a = *old.frame[f];
    Frame& b = *cur->frame[f];
    for (u32 i = 0; i < bpf::MAX_REG; i++)
      if (!a.reg_precise(i) && is_widened(env, a.regs[i], b.regs[i])) mark_reg_unknown_raw(env.prog.may, &b.regs[i]);
    for (u32 i = 0; i < std::min(a.stack.size(), b.stack.size()); i++)
      if (a.stack[i].is_spilled_reg() && b.stack[i].is_spilled_reg() && !a.slot_precise(i) &&
          is_widened(env, a.stack[i].spilled, b.stack[i].spilled))
        mark_reg_unknown_raw(env.prog.may, &b.stack.edit(i).spilled.edit());
  }
}

}  // namespace bpfcheck::sim
