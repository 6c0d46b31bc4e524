// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// When a remembered state covers the current one (states_equal, regsafe, stacksafe, refsafe:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include <array>
#include <vector>

#include "verifier_sim/env.h"
#include "verifier_sim/state/saved_state.h"

namespace bpfcheck::sim {

/// Which identity in the old state stands for which in the current one (struct bpf_idmap).
class IdMap {
 public:
  void reset(u32 id_gen) {
    pairs_.clear();
    temporary_id_ = id_gen;
  }
  /// check_ids: both set or both zero, and each always paired with the same other.
  bool same(u32 old_id, u32 cur_id) { return (old_id | cur_id) == 0 || same_pair(old_id, cur_id); }
  /// check_ids before 6.3: each old identity always paired with the same current one.
  bool same_old(u32 old_id, u32 cur_id);
  /// check_scalar_ids: an old scalar without identity is matched by any, or (not `free_covers`) by one as free only.
  bool same_scalar(u32 old_id, u32 cur_id, bool free_covers);

 private:
  bool same_pair(u32 old_id, u32 cur_id);
  struct Pair {
    u32 old_id, cur_id;
  };
  std::vector<Pair> pairs_;
  u32 temporary_id_ = 0;
};

enum class ExactLevel : u8 { NotExact, Exact, RangeWithin };

bool states_equal(Env& env, const SavedState& old, const State& cur, ExactLevel exact);
/// A quick look at the registers of the current frame: can the two be the same state? Where their fingerprints differ
/// they cannot.
bool states_maybe_looping(const SavedState& old, const State& cur);
u64 fingerprint(const State& st);

/// The part of regs_exact that compares content, identities aside.
bool same_content(const Reg& a, const Reg& b);

}  // namespace bpfcheck::sim
