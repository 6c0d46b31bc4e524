// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See loop_entry.h.
#include "verifier_sim/search/loop_entry.h"

#include <utility>

namespace bpfcheck::sim {

Remembered* loop_entry_of(StateFacts& st) {
  Remembered* top = st.loop_entry;
  while (top && top->loop_entry && top != top->loop_entry) top = top->loop_entry;
  for (StateFacts* at = &st; at && at->loop_entry != top;) at = std::exchange(at->loop_entry, top);
  return top;
}

void update_loop_entry(StateFacts& cur, Remembered& hdr) {
  const StateFacts* in = loop_entry_of(cur);
  const StateFacts* top = loop_entry_of(hdr);
  if (!in) in = &cur;
  if (!top) top = &hdr;
  if (!top->branches || top->dfs_depth > in->dfs_depth) return;
  cur.loop_entry = &hdr;
  hdr.used_as_loop_entry = true;
}

}  // namespace bpfcheck::sim
