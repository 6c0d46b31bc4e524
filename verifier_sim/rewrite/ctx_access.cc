// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ctx_access.h.
#include "verifier_sim/rewrite/ctx_access.h"

#include "kernel_db/contexts.h"
#include "verifier_sim/env.h"

namespace bpfcheck::sim {
namespace {

/// The kernel has no instructions for what lies there.
bool is_not_rewritten(CtxView view, s32 off) {
  for (const CtxField& f : ctx_fields(view))
    if (off >= 0 && f.range.holds(static_cast<u32>(off))) return f.rule == CtxRule::not_rewritten;
  return false;
}

}  // namespace

Stop convert_ctx_accesses(Env& env) {
  for (u32 i = 0; i < env.prog.insns.size(); i++) {
    const Insn& insn = env.prog.insns[i];
    if (insn.cls() != bpf::LDX || env.prog.aux[i].ptr_type != PTR_TO_TCP_SOCK ||
        !is_not_rewritten(CtxView::tcp_sock, insn.off))
      continue;
    env.path.insn_idx = i;
    return env.reject(Msg::CtxConversionFailed, 0);
  }
  return go_on;
}

}  // namespace bpfcheck::sim
