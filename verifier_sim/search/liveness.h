// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The store behind stack_liveness.h: masks by call chain, frame and instruction.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "verifier_sim/state/state.h"

namespace bpfcheck::sim {

struct Liveness {
  /// A call chain: call sites down to a subprogram, whose own start stands last (struct callchain).
  struct Chain {
    std::array<u32, MAX_CALL_FRAMES> callsites{}, starts{};
    u32 curframe = 0;

    using Key = std::pair<u32, std::array<u32, MAX_CALL_FRAMES>>;
    bool same_callsites(const Chain& o) const { return key() == o.key(); }
    Key key() const {
      Key k{curframe, {}};
      for (u32 i = 0; i <= curframe; i++) k.second[i] = callsites[i];
      return k;
    }
  };
  struct Masks {
    u64 may_read = 0, must_write = 0, must_write_acc = 0, live_before = 0;
  };
  /// A subprogram as reached through one chain (struct func_instance).
  struct Instance {
    Chain chain;
    u32 insn_cnt = 0, postorder_start = 0, postorder_cnt = 0;
    std::array<std::vector<Masks>, MAX_CALL_FRAMES> frames;
    /// By frame, a bit an instruction in post-order: its masks, or those of an instruction after it, have changed since
    /// its liveness was computed.
    std::array<std::vector<u64>, MAX_CALL_FRAMES> stale;
    std::vector<bool> must_write_set;
    bool updated = false, must_write_dropped = false;
    u32 start() const { return chain.starts[chain.curframe]; }
  };
  struct Query {
    std::array<Instance*, MAX_CALL_FRAMES> instances{};
    u32 curframe = 0, insn_idx = 0;
  };

  /// Where an instruction stands in Cfg::postorder, and the instructions before it: those of `i` are
  /// predecessors[predecessors_at[i]] up to predecessors[predecessors_at[i + 1]].
  std::vector<u32> position, predecessors_at, predecessors;

  std::map<Chain::Key, std::unique_ptr<Instance>> instances;
  Instance* cur_instance = nullptr;
  Instance* last_lookup = nullptr;
  std::array<u64, MAX_CALL_FRAMES> writes{};
  u32 write_insn_idx = 0;
  Query query;
};

}  // namespace bpfcheck::sim
