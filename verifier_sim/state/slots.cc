// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See slots.h.
#include "verifier_sim/state/slots.h"

namespace bpfcheck::sim {

int grow_stack_state(Env& env, Frame* frame, int size) {
  size = (size + bpf::REG_SIZE - 1) / bpf::REG_SIZE * bpf::REG_SIZE;
  if (frame->allocated_stack() >= size) return 0;
  frame->stack.resize(static_cast<size_t>(size / bpf::REG_SIZE));
  Subprog& sub = env.subprogs[frame->subprogno];
  if (sub.stack_depth < size) sub.stack_depth = static_cast<u16>(size);
  return 0;
}

}  // namespace bpfcheck::sim
