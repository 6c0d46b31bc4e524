// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See read_marks.h.
#include "verifier_sim/search/read_marks.h"

#include <algorithm>

namespace bpfcheck::sim {
namespace {

/// Marks `to` and the places before it. `from` is where the value is now; null: marked whatever was written there.
void mark_chain(Env& env, const ReadMark* from, ReadMark* to, u8 flag) {
  u32 walked = 0;
  for (; to; from = to, to = to->parent, walked++) {
    if (from && (from->live & ReadMark::Written)) break;
    if ((to->live & ReadMark::Read) == flag || (to->live & ReadMark::Read64)) break;
    to->live |= flag;
    if (flag == ReadMark::Read64) to->live &= static_cast<u8>(~ReadMark::Read32);
  }
  env.stats.mark_read = std::max(env.stats.mark_read, walked);
}

}  // namespace

void mark_read(Env& env, Frame& frame, u32 at, u8 flag) {
  if (at >= frame.marks.size()) return;
  const ReadMark& m = frame.marks.edit(at);
  mark_chain(env, &m, m.parent, flag);
}

void prepare_marks(State& st) {
  for (u32 f = 0; f <= st.curframe; f++) {
    Frame& frame = *st.frame[f];
    frame.marks.edit(ReadMarks::of_slot(static_cast<u32>(frame.stack.size())) - 1);
  }
}

void link_marks(State& cur, SavedState& parent) {
  for (u32 f = 0; f <= cur.curframe; f++) {
    ReadMarks& marks = cur.frame[f]->marks;
    for (u32 i = 0; i < marks.size(); i++) {
      ReadMark& m = marks.edit(i);
      m.live = 0;
      // A caller's scratch registers hold nothing until the call returns.
      if (f == cur.curframe || i >= 6) m.parent = &parent.frame[f]->marks.edit(i);
    }
  }
}

bool propagate_read_marks(Env& env, const SavedState& old, State& cur) {
  bool changed = false;
  for (u32 f = 0; f <= old.curframe; f++) {
    SavedFrame& from = *old.frame[f];
    Frame& to = *cur.frame[f];
    const u32 slots = static_cast<u32>(std::min(old.frame[f]->stack.size(), to.stack.size()));
    for (u32 i = f < old.curframe ? 6 : 0; i < ReadMarks::of_slot(slots) && i < from.marks.size(); i++) {
      const u8 flag = from.marks.edit(i).live & ReadMark::Read;
      ReadMark& m = to.marks.edit(i);
      const u8 now = m.live & ReadMark::Read;
      if (!flag || now == ReadMark::Read64 || now == flag) continue;
      mark_chain(env, nullptr, &m, flag);
      changed = true;
    }
  }
  return changed;
}

}  // namespace bpfcheck::sim
