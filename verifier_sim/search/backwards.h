// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Walking a state's instructions backwards (get_prev_insn_idx, get_jmp_hist_entry: kernel/bpf/verifier.c, 6.18).
#pragma once

#include <string>

#include "verifier_sim/search/backtrack.h"

namespace bpfcheck::sim {

// What a walk asks of each instruction, besides which of the wanted registers it may have to do with.
inline constexpr u32 args_mask = 0x3e;  // r1 to r5
inline constexpr Stop CONSERVATIVE =
    Stop::refused(ENOTSUP);  ///< a step back that cannot be followed: all scalars are precise
inline constexpr u16 any_register = 1u << 15, writes_memory = 1u << 14;

/// Walks a state's instructions backwards, in the order in which they were executed.
class Backwards {
 public:
  Backwards(const StateFacts& st, int at, int after)
      : first_(static_cast<int>(st.first_insn_idx)),
        at_(at),
        after_(after),
        oldest_(st.history.data()),
        left_(oldest_ + st.history.size()) {
    find_entry();
  }
  int at() const { return at_; }
  int after() const { return after_; }                  ///< the instruction executed after this one
  const HistoryEntry* entry() const { return entry_; }  ///< of this instruction; nullptr where it has none
  /// To the instruction executed before; false at the state's first.
  bool next() {
    if (at_ == first_ && left_ - (entry_ != nullptr) == oldest_) return false;
    after_ = at_;
    if (entry_)
      left_--, at_ = static_cast<int>(entry_->prev_idx);
    else
      at_--;
    find_entry();
    return true;
  }
  u32 entries() const { return static_cast<u32>(left_ - oldest_); }
  enum class Halts : u8 {
    Concern,
    Noted,
    Entry
  };  ///< where a walk is held up besides: where one before noted something, at any entry
  /// On to the nearest instruction, this one or one before, that may change what is looked for; false where the state
  /// has none. Most change nothing: here is where a walk spends its time.
  bool seek(const Backtrack& bt, bool stack_history, Halts halts) {
    const std::vector<u16>& concerns = bt.concerns;
    u32 mask = bt.reg_masks[bt.frame] | any_register;
    if (!stack_history && bt.stack_masks[bt.frame]) mask |= writes_memory;  // no entry tells where it writes
    for (;;) {
      if (static_cast<size_t>(at_) >= concerns.size()) return true;
      const u32 concern = concerns[static_cast<size_t>(at_)];
      if (concern & mask) return true;
      if (entry_) {
        if (halts == Halts::Entry || (entry_->walked && halts == Halts::Noted) || entry_->linked_regs ||
            ((concern & writes_memory) && reaches_wanted(bt, *entry_)))
          return true;
      } else {
        const int stop = left_ != oldest_ ? static_cast<int>(left_[-1].idx) : first_;
        if (stop < at_) {
          do at_--;
          while (stop < at_ && !(concerns[static_cast<size_t>(at_)] & mask));
          after_ = at_ + 1;
          find_entry();
          continue;
        }
      }
      if (!next()) return false;
    }
  }

 private:
  /// The stack slot that the instruction accesses is looked for.
  static bool reaches_wanted(const Backtrack& bt, const HistoryEntry& e) {
    return (e.flags & HIST_STACK_ACCESS) &&
           bt.has_slot(e.flags & HIST_FRAMENO_MASK, (e.flags >> HIST_SPI_SHIFT) & HIST_SPI_MASK);
  }
  void find_entry() { entry_ = left_ != oldest_ && left_[-1].idx == static_cast<u32>(at_) ? left_ - 1 : nullptr; }
  const int first_;
  int at_, after_;
  const HistoryEntry* const oldest_;
  const HistoryEntry* left_;  ///< behind those not walked past
  const HistoryEntry* entry_ = nullptr;
};

/// A step back over the instruction at `idx`, behind which `subseq_idx` was executed: what has to be known before it of
/// what is wanted behind it.
Stop backtrack_insn(Env& env, int idx, int subseq_idx, const HistoryEntry* hist, Backtrack& bt);

std::string reg_list(u32 mask);   ///< "r0,r2"
std::string slot_list(u64 mask);  ///< "-8,-16"

}  // namespace bpfcheck::sim
