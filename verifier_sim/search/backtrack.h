// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Precision: walks a path backwards to find which registers and stack slots a scalar's exact value came from, and marks
// them in the remembered states (mark_chain_precision, backtrack_insn: kernel/bpf/verifier.c, 6.18).
#pragma once

#include <array>
#include <vector>

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

/// What earlier walks from the current state looked for, and where. A loop asks in every round, and each walk would go
/// through all rounds before it. A walk follows each register and slot by itself: what was looked for at a place before
/// need not be again.
class Walks {
 public:
  struct Stop {
    u64 place = nowhere;
    u32 frame = 0, regs = 0;
    u64 slots = 0;
  };
  static constexpr u64 nowhere = ~u64{0};
  /// An instruction, and how many entries of the history are not walked past there.
  static constexpr u64 place(u32 entries, int at) { return u64{entries} << 32 | static_cast<u32>(at); }

  /// What was looked for where `s` is; null where nothing was noted or it is forgotten.
  Stop* find(const Stop& s) {
    for (Stop& known : stops_)
      if (known.place == s.place && known.frame == s.frame) return &known;
    return nullptr;
  }
  /// Notes a place where nothing was noted.
  void add(const Stop& s) { stops_[next_++ % stops_.size()] = s; }
  void clear() { stops_.fill({}); }

 private:
  std::array<Stop, 8> stops_{};
  u32 next_ = 0;
};

/// Registers and slots still looked for, by frame (struct backtrack_state).
struct Backtrack {
  u32 frame = 0;
  std::array<u32, MAX_CALL_FRAMES> reg_masks{};
  std::array<u64, MAX_CALL_FRAMES> stack_masks{};
  std::vector<u16> concerns;  ///< by instruction: which registers it may have to do with
  Walks walks;

  void clear() {
    reg_masks = {};
    stack_masks = {};
  }
  bool empty() const {
    u64 mask = 0;
    for (u32 i = 0; i <= frame; i++) mask |= reg_masks[i] | stack_masks[i];
    return mask == 0;
  }
  bool only_in_frame() const {
    for (u32 i = 0; i < frame; i++)
      if (reg_masks[i] || stack_masks[i]) return false;
    return true;
  }
  void set_reg(u32 fr, u32 reg) { reg_masks[fr] |= 1u << reg; }
  void clear_reg(u32 fr, u32 reg) { reg_masks[fr] &= ~(1u << reg); }
  bool has_reg(u32 fr, u32 reg) const { return reg_masks[fr] & (1u << reg); }
  void set_slot(u32 fr, u32 slot) { stack_masks[fr] |= 1ull << slot; }
  void clear_slot(u32 fr, u32 slot) { stack_masks[fr] &= ~(1ull << slot); }
  bool has_slot(u32 fr, u32 slot) const { return stack_masks[fr] & (1ull << slot); }
  void set_reg(u32 reg) { set_reg(frame, reg); }
  void clear_reg(u32 reg) { clear_reg(frame, reg); }
  bool has_reg(u32 reg) const { return has_reg(frame, reg); }
};

constexpr int insn_stack_access_flags(int frameno, int spi) {
  return HIST_STACK_ACCESS | (spi << HIST_SPI_SHIFT) | frameno;
}

/// Looks the program over for what every walk asks of its instructions.
void prepare_backtrack(Env& env);
/// Records a jump, call, exit or stack access in the state's history; a second record for the same instruction merges.
Stop push_jmp_history(Env& env, State* cur, int insn_flags, u64 linked_regs);

Stop mark_chain_precision(Env& env, int regno);
/// As mark_chain_precision for what is set in the explorer's Backtrack, seen from a frame, back from `starting_state`.
Stop mark_chain_precision_batch(Env& env, State* starting_state, u32 frame, bool* changed = nullptr);
/// In all states that `live` comes from.
void mark_all_scalars_precise(Env& env, const State* live);
/// In `st` and all that it comes from.
void mark_all_scalars_precise(Env& env, Remembered* st);
void mark_all_scalars_imprecise(State* st);

}  // namespace bpfcheck::sim
