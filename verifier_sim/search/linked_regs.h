// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Scalars of one origin, narrowed together (collect_linked_regs, sync_linked_regs: kernel/bpf/verifier.c, 6.18).
#pragma once

#include <array>

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

inline constexpr int LINKED_REGS_MAX = 6;

struct LinkedReg {
  u8 frameno = 0;
  union {
    u8 spi = 0;
    u8 regno;
  };
  bool is_reg = false;
};
struct LinkedRegs {
  int cnt = 0;
  std::array<LinkedReg, LINKED_REGS_MAX> entries;
};

/// Six 10-bit entries above a 4-bit count: what HistoryEntry::linked_regs holds.
u64 linked_regs_pack(const LinkedRegs& s);
void linked_regs_unpack(u64 val, LinkedRegs* s);
/// Live registers and spills with this identity; those that find no room lose it.
void collect_linked_regs(Env& env, State* st, u32 id, LinkedRegs* out);
void sync_linked_regs(const Env& env, State* st, const Reg* known, const LinkedRegs& linked);

/// bpf_clear_singular_ids, 7.0: a scalar linked to no other needs no identity.
void drop_lone_ids(State& st);

/// find_equal_scalars, before 6.12: all scalars with the identity of `known` are what it is.
void copy_to_equal_scalars(const Env& env, State* st, const Reg& known);

}  // namespace bpfcheck::sim
