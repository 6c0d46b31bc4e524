// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is read of a state behind it, as kernels before 6.18 know it. Every register and stack slot of a state knows the
// same place in the remembered state before. A read marks that place, the one before and so on, up to a state behind
// which the place was written: what no read has marked when all paths from a state are explored is dead in it
// (struct bpf_reg_state: parent, live; mark_reg_read: kernel/bpf/verifier.c, 5.10 to 6.17).
#pragma once

#include <vector>

#include "base/insn.h"
#include "verifier_sim/state/pool.h"

namespace bpfcheck::sim {

/// Of a register or a stack slot.
struct ReadMark {
  enum : u8 { Read32 = 1, Read64 = 2, Read = Read32 | Read64, Written = 4 };
  ReadMark* parent = nullptr;  ///< where its value stood in the remembered state before; that state owns it
  u8 live = 0;
  bool read() const { return live & Read; }
};

/// A frame's: registers first, then stack slots. Empty in a kernel that has none; what is not there is not marked.
class ReadMarks {
 public:
  static constexpr u32 first_slot = bpf::REG_FP;
  static constexpr u32 of_slot(u32 slot) { return first_slot + slot; }

  ReadMark& edit(u32 at) {
    if (at >= marks_.size()) marks_.resize(at + 1);
    return marks_[at];
  }
  const ReadMark& operator[](u32 at) const { return marks_[at]; }
  bool read(u32 at) const { return at < marks_.size() && marks_[at].read(); }
  bool slot_read(u32 slot) const { return read(of_slot(slot)); }
  u32 size() const { return static_cast<u32>(marks_.size()); }

 private:
  std::vector<ReadMark, PoolAllocator<ReadMark>> marks_;
};

}  // namespace bpfcheck::sim
