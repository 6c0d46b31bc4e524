// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The edges of the control-flow graph (bpf_insn_successors: kernel/bpf/liveness.c, 6.18).
#pragma once

#include <array>

#include "verifier_sim/flow/subprogs.h"

namespace bpfcheck::sim {

struct Successors {
  std::array<u32, 2> to{};
  u32 count = 0;
  const u32* begin() const { return to.data(); }
  const u32* end() const { return to.data() + count; }
};

/// Where control may go from instruction `idx`: what follows first, then the jump's target. A call's callee is no edge.
inline Successors insn_successors(const Program& prog, u32 idx) {
  const Insn& insn = prog.insns[idx];
  Successors s;
  bool jumps = insn.cls() == bpf::JMP || insn.cls() == bpf::JMP32;
  bool falls = true;
  if (jumps && insn.op() == bpf::EXIT) return s;
  if (jumps && insn.op() == bpf::CALL) jumps = false;
  if (jumps && insn.op() == bpf::JA) falls = false;
  if (falls) s.to[s.count++] = idx + (bpf_is_ldimm64(&insn) ? 2 : 1);
  if (jumps) s.to[s.count++] = static_cast<u32>(static_cast<int>(idx) + bpf_jmp_offset(&insn) + 1);
  return s;
}

}  // namespace bpfcheck::sim
