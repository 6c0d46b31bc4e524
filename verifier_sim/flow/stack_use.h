// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which halves of stack slots may be read later, computed before paths are explored (bpf_compute_subprog_arg_access,
// bpf_stack_slot_alive: kernel/bpf/liveness.c, 7.2): StackLiveness::known, a sibling of
// stack_liveness.h.
//
// Each subprogram is looked at as it is called: from which call and how deep. A forward data flow tells which of its
// registers and slots hold addresses of which frame (frame_pointers.h); so it is known what each instruction may read
// of each frame and what it writes for certain, and a backward one makes liveness of that. A callee that gets addresses
// is looked at with those of this call; what it reads of outer frames, the call reads. One that gets none cannot reach
// them, and is looked at once by itself.
#pragma once

#include <bitset>
#include <map>
#include <memory>
#include <vector>

#include "verifier_sim/notes/notes.h"
#include "verifier_sim/program/program.h"
#include "verifier_sim/state/state.h"

namespace bpfcheck::sim {

/// Four bytes a bit: bit i is bytes [fp-4*(i+1), fp-4*i).
using HalfSlots = std::bitset<bpf::MAX_STACK / 4>;

struct StackUse {
  struct Marks {
    HalfSlots may_read, must_write, live_before;
  };
  /// A subprogram as called from one place (struct func_instance).
  struct Called {
    u32 callsite = 0;  ///< the call; a subprogram that is looked at by itself: its start
    u32 depth = 0, subprog = 0, start = 0, insn_cnt = 0;
    std::array<std::vector<Marks>, MAX_CALL_FRAMES> frames;  ///< by frame and instruction; empty: not touched
    bool done = false;
  };
  std::map<std::pair<u32, u32>, std::unique_ptr<Called>> called;  ///< by callsite and depth
};

Stop compute_stack_use(const Program& prog, Notes& notes, std::unique_ptr<StackUse>& use);

/// The halves that may be read behind the point that a path has reached.
class LiveHalves {
 public:
  LiveHalves(const Program& prog, const StackUse& use, const State& st);
  HalfSlots of(u32 frameno) const;

 private:
  const Program& prog_;
  const State& st_;
  std::array<const StackUse::Called*, MAX_CALL_FRAMES> instances_{};
};

}  // namespace bpfcheck::sim
