// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See reference.h.
#include "verifier_sim/state/reference.h"

#include <algorithm>

#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {

namespace {

/// The frame of the callback that the path is in, where what it acquires is its own; else 0.
u32 callback_frame(const Path& path) {
  const Frame& frame = *path.cur_func();
  return path.callback_references && frame.in_callback_fn ? frame.frameno : 0;
}

}  // namespace

u32 acquire_reference(Path& path, int insn_idx) {
  path.cur_state->refs.push_back({.id = path.new_id(), .insn_idx = insn_idx, .callback_frame = callback_frame(path)});
  return path.id_gen;
}

bool release_reference_nomark(State* st, u32 ref_obj_id) {
  auto it =
      std::ranges::find_if(st->refs, [&](const Reference& r) { return r.type == RefType::Ptr && r.id == ref_obj_id; });
  if (it == st->refs.end()) return false;
  st->refs.erase(it);
  return true;
}

u32 acquire_irq_state(Path& path, int insn_idx) {
  const u32 id = path.new_id();
  path.cur_state->refs.push_back({.type = RefType::Irq, .id = id, .insn_idx = insn_idx});
  path.cur_state->active_irq_id = id;
  return id;
}

Stop release_irq_state(State* st, u32 id) {
  if (id != st->active_irq_id) return Stop::refused(EACCES);
  u32 prev_id = 0;
  for (auto it = st->refs.begin(); it != st->refs.end(); ++it) {
    if (it->type != RefType::Irq) continue;
    if (it->id == id) {
      st->refs.erase(it);
      st->active_irq_id = prev_id;
      return go_on;
    }
    prev_id = it->id;
  }
  return Stop::refused(EINVAL);
}

const Reference* find_lock_state(const State& st, u8 kinds, u32 id, const void* ptr) {
  auto it = std::ranges::find_if(
      st.refs, [&](const Reference& r) { return (static_cast<u8>(r.type) & kinds) && r.id == id && r.ptr == ptr; });
  return it == st.refs.end() ? nullptr : &*it;
}

bool may_release(const Path& path, u32 ref_obj_id) {
  const u32 frame = callback_frame(path);
  return !frame || std::ranges::any_of(path.cur_state->refs, [&](const Reference& r) {
    return r.type == RefType::Ptr && r.id == ref_obj_id && r.callback_frame == frame;
  });
}

void mark_reg_invalid(const Privileges& may, Reg* reg) {
  if (may.allow_ptr_leaks)
    mark_reg_unknown_raw(may, reg);
  else
    mark_reg_not_init_raw(may, reg);
}

Stop release_reference(Path& path, const Privileges& may, u32 ref_obj_id) {
  if (!may_release(path, ref_obj_id) || !release_reference_nomark(path.cur_state, ref_obj_id))
    return Stop::refused(EINVAL);
  path.cur_state->for_each_reg([=](const Reg& r) { return r.ref_obj_id == ref_obj_id; },
                               [&](Reg& r) { mark_reg_invalid(may, &r); });
  return go_on;
}

}  // namespace bpfcheck::sim
