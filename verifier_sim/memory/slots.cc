// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See slots.h.
#include "verifier_sim/memory/slots.h"

#include <algorithm>

#include "verifier_sim/search/stack_liveness.h"

namespace bpfcheck::sim {

Stop grow_stack_state(Env& env, Frame* frame, int size) {
  const int whole = (size + bpf::REG_SIZE - 1) / bpf::REG_SIZE * bpf::REG_SIZE;
  // Before slots were made for reads, too, the depth was that of the deepest byte, not of its slot.
  const int depth = env.target.has(Feature::deep_stack_reads) ? whole : size;
  Subprog& sub = env.prog.subprogs[frame->subprogno];
  sub.stack_depth = std::max(sub.stack_depth, static_cast<u16>(depth));
  if (frame->allocated_stack() < whole) frame->stack.grow(static_cast<size_t>(whole / bpf::REG_SIZE));
  return go_on;
}

Expected<int> stack_slot_obj_get_spi(Env& env, const Reg* reg, std::string_view kind, int nr_slots) {
  if (!reg->is_const()) return std::unexpected(env.reject(Msg::StackObjOffsetNotConst, kind));
  const int off = reg->off + static_cast<int>(reg->var_off().value);
  if (off % bpf::REG_SIZE) return std::unexpected(env.reject(Msg::StackObjOffset, kind, off));
  const int spi = get_spi(off);
  if (spi + 1 < nr_slots) return std::unexpected(env.reject(Msg::StackObjOffset, kind, off));
  const int allocated = static_cast<int>(env.path.func(reg)->stack.size());
  if (spi >= allocated) return std::unexpected(Stop::refused(ERANGE));
  return spi;
}

Stop mark_stack_slot_obj_read(Env& env, const Reg* reg, int spi, int nr_slots) {
  for (int i = spi; i > spi - nr_slots; i--) {
    if (Stop stop = bpf_mark_stack_read(env, reg->frameno, env.path.insn_idx, 1ull << i)) return stop;
    env.notes.mark_stack_slot_read(static_cast<u32>(i));
  }
  return go_on;
}

void mark_stack_slot_obj(Env& env, Frame* frame, int spi, SlotType type) {
  std::ranges::fill(frame->stack.edit(static_cast<size_t>(spi)).slot, type);
  bpf_mark_stack_write(env, frame->frameno, 1ull << spi);
  env.notes.mark_stack_slot_scratched(static_cast<u32>(spi));
}

}  // namespace bpfcheck::sim
