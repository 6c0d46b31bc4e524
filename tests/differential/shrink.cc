// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "differential/shrink.h"

#include <algorithm>

#include "differential/code.h"
#include "differential/generate.h"

namespace bpfcheck::differential {
namespace {

using Test = std::function<bool(const Program&)>;

bool drop_stretches(Program& p, const Test& interesting) {
  bool any = false;
  for (size_t n = std::max<size_t>(p.insns.size() / 2, 1); n; n /= 2)
    for (size_t at = p.insns.size(); at-- > 0;) {
      Program q = p;
      if (!remove_insns(q, at, n) || !interesting(q)) continue;
      p = std::move(q);
      any = true;
    }
  return any;
}

template <class Change>
bool try_each(Program& p, const Test& interesting, Change change) {
  bool any = false;
  for (size_t at = 0; at < p.insns.size(); at++) {
    Program q = p;
    if (!change(q.insns[at]) || q.insns == p.insns || !interesting(q)) continue;
    p = std::move(q);
    any = true;
  }
  return any;
}

bool plainer(Program& p, const Test& interesting) {
  bool any = false;
  for (u32 flag : {F_TEST_STATE_FREQ, F_TEST_REG_INVARIANTS, F_STRICT_ALIGNMENT, F_TEST_RND_HI32}) {
    if (!(p.flags & flag)) continue;
    Program q = p;
    q.flags &= ~static_cast<u32>(flag);
    if (interesting(q)) p = std::move(q), any = true;
  }
  if (!p.functions.empty()) {
    Program q = p;
    q.functions.clear();
    if (interesting(q)) p = std::move(q), any = true;
  }
  // A store, load or sum of a number may as well be a number.
  any |= try_each(p, interesting, [](Insn& i) {
    if (i.cls() != bpf::LDX && !((i.cls() == bpf::ALU || i.cls() == bpf::ALU64) && i.src_is_reg())) return false;
    i = insn(bpf::ALU64 | bpf::MOV | bpf::K, i.dst, 0, 0, 0);
    return true;
  });
  any |= try_each(p, interesting, [](Insn& i) {
    const bool number = !i.src_is_reg() && (i.cls() == bpf::ALU || i.cls() == bpf::ALU64 || i.cls() == bpf::ST);
    const bool jump = !i.src_is_reg() && (i.cls() == bpf::JMP || i.cls() == bpf::JMP32) && i.op() != bpf::CALL;
    if ((!number && !jump) || i.imm == 0 || (i.op() == bpf::END && i.cls() != bpf::ST)) return false;
    i.imm = 0;
    return true;
  });
  any |= try_each(p, interesting, [](Insn& i) {
    if ((i.cls() != bpf::JMP && i.cls() != bpf::JMP32) || i.op() == bpf::CALL || i.op() == bpf::EXIT ||
        i.op() == bpf::JA || i.op() == bpf::JCOND)
      return false;
    i = insn(bpf::JMP | bpf::JA, 0, 0, i.off);
    return true;
  });
  return any;
}

}  // namespace

Program shrink(Program p, const Test& interesting) {
  for (int round = 0; round < 12; round++) {
    bool any = drop_stretches(p, interesting);
    any |= plainer(p, interesting);
    if (!any) break;
  }
  return p;
}

}  // namespace bpfcheck::differential
