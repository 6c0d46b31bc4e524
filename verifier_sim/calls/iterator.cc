// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See iterator.h.
#include "verifier_sim/calls/iterator.h"

#include <algorithm>

#include "verifier_sim/prune/explorer.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

void maybe_widen(Env& env, const Reg& old, Reg& cur) {
  IdMap& ids = env.explorer->idmap;
  if (old.type != SCALAR_VALUE || old.type != cur.type || old.precise || cur.precise) return;
  if (same_content(old, cur) && ids.same(old.id, cur.id) && ids.same(old.ref_obj_id, cur.ref_obj_id)) return;
  mark_reg_unknown_raw(env, &cur);
}

}  // namespace

State* find_prev_entry(Env& env, State* cur, int insn_idx) {
  const auto idx = static_cast<u32>(insn_idx);
  if (!cur) return nullptr;
  for (Remembered* sl = explored_state(env, idx); sl; sl = sl->next)
    if (sl->insn_idx == idx && sl->branches && same_callsites(*sl, *cur) && sl->dfs_depth < cur->dfs_depth) return sl;
  return nullptr;
}

int widen_imprecise_scalars(Env& env, State* old, State* cur) {
  env.explorer->idmap.reset(env.id_gen);
  for (u32 f = old->curframe + 1; f-- > 0;) {
    const Frame& a = *old->frame[f];
    Frame& b = *cur->frame[f];
    for (u32 i = 0; i < bpf::MAX_REG; i++) maybe_widen(env, a.regs[i], b.regs[i]);
    for (size_t i = 0; i < std::min(a.stack.size(), b.stack.size()); i++)
      if (a.stack[i].is_spilled_reg() && b.stack[i].is_spilled_reg()) maybe_widen(env, a.stack[i].spilled, b.stack[i].spilled);
  }
  return 0;
}

}  // namespace bpfcheck::sim
