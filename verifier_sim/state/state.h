// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The verifier's state on one path (struct bpf_verifier_state, 6.18): frames, references, locks, history.
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "verifier_sim/state/frame.h"

namespace bpfcheck::sim {

enum class RefType : u8 { Ptr = 2, Irq = 4, Lock = 8, ResLock = 16, ResLockIrq = 32 };
inline constexpr u8 ref_lock_mask = 8 | 16 | 32;

struct Reference {
  RefType type = RefType::Ptr;
  u32 id = 0;
  int insn_idx = 0;
  u32 callback_frame = 0;     ///< the callback's frame that must release it, where kernels ask for that; else 0
  const void* ptr = nullptr;  ///< locks: identity of the object that holds the lock (a Map or a Btf)
  bool operator==(const Reference&) const = default;
};

// Flags of a history entry: a stack access through a register.
inline constexpr u16 HIST_FRAMENO_MASK = 0x7, HIST_SPI_MASK = 0x3f, HIST_SPI_SHIFT = 3, HIST_STACK_ACCESS = 1u << 9,
                     HIST_DST_REG_STACK = 1u << 10, HIST_SRC_REG_STACK = 1u << 11;

struct HistoryEntry {
  u32 idx : 31;
  u32 walked : 1;  ///< a walk back for precision noted here what it looked for
  u32 prev_idx : 20, flags : 12;
  u64 linked_regs;  ///< packed as search/linked_regs.h says
};

struct Remembered;  // search/explorer.h

/// A state but for its frames.
struct StateFacts {
  u32 branches = 0;
  u32 insn_idx = 0;
  u32 curframe = 0;
  u32 active_locks = 0, active_preempt_locks = 0, active_irq_id = 0, active_lock_id = 0;
  const void* active_lock_ptr = nullptr;
  u32 active_rcu_locks = 0;  ///< 6.18 has it as a flag: 0 or 1
  bool speculative = false, in_sleepable = false;
  u32 first_insn_idx = 0, last_insn_idx = 0;
  Remembered* parent = nullptr;  ///< owned by the explorer
  std::vector<Reference> refs;
  std::vector<HistoryEntry, PoolAllocator<HistoryEntry>> history;
  Remembered* loop_entry = nullptr;  ///< where the loop that it is in was entered
  bool used_as_loop_entry = false;
  u32 dfs_depth = 0, callback_unroll_depth = 0, may_goto_depth = 0;
};

struct State : StateFacts, Pooled {
  std::array<std::unique_ptr<Frame>, MAX_CALL_FRAMES> frame;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Frame& cur() { return *frame[curframe]; }
  const Frame& cur() const { return *frame[curframe]; }
  Reg* regs() { return cur().regs.data(); }

  std::unique_ptr<State> copy() const;  ///< copy_verifier_state

  /// Calls change(Reg&) where matches(const Reg&): for every register of every frame, then every stack slot whose top
  /// byte is of a type in `slot_mask` (bits 1 << SlotType), frame by frame (bpf_for_each_reg_in_vstate_mask).
  template <class Matches, class Change>
  void for_each_reg(Matches&& matches, Change&& change, u32 slot_mask = 1u << static_cast<u32>(SlotType::Spill)) {
    for (u32 i = 0; i <= curframe; i++) {
      Frame& f = *frame[i];
      for (Reg& r : f.regs)
        if (matches(std::as_const(r))) change(r);
      for (size_t s = 0; s < f.stack.size(); s++)
        if (const StackSlot& slot = f.stack[s];
            ((1u << static_cast<u32>(slot.slot[7])) & slot_mask) && matches(slot.spilled))
          change(f.stack.edit(s).spilled.edit());
    }
  }
};

}  // namespace bpfcheck::sim
