// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A call frame's state (struct bpf_func_state, 6.18).
#pragma once

#include <array>

#include "base/insn.h"
#include "verifier_sim/program/retval_range.h"
#include "verifier_sim/state/read_marks.h"
#include "verifier_sim/state/stack_slots.h"

namespace bpfcheck::sim {

inline constexpr int MAX_CALL_FRAMES = 16;     ///< the most that any kernel has: call_frames() of a target
inline constexpr int MAIN_FUNC_CALLSITE = -1;  ///< BPF_MAIN_FUNC

/// A frame but for its registers.
struct FrameFacts {
  int callsite = MAIN_FUNC_CALLSITE;
  u32 frameno = 0, subprogno = 0, async_entry_cnt = 0;
  RetvalRange callback_ret_range;
  bool in_callback_fn = false, in_async_callback_fn = false, in_exception_callback_fn = false;
  u32 callback_depth = 0;
  ReadMarks marks;
  StackSlots stack;  ///< slot i is bytes [fp-8*(i+1), fp-8*i); its size says how much is allocated

  int allocated_stack() const { return static_cast<int>(stack.size()) * bpf::REG_SIZE; }
};

struct Frame : FrameFacts, Pooled {
  std::array<Reg, bpf::MAX_REG> regs;
  std::array<SharedReg, bpf::MAX_REG> saved;  ///< each as it was when last saved: most are the same the next time
};

inline StackSlot& slot_at(Frame* frame, int spi) { return frame->stack.edit(static_cast<size_t>(spi)); }
/// Index of the slot that holds the byte at fp+off; off is negative.
constexpr int get_spi(s32 off) { return (-off - 1) / bpf::REG_SIZE; }
}  // namespace bpfcheck::sim
