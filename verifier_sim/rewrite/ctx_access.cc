// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ctx_access.h.
#include "verifier_sim/rewrite/ctx_access.h"

#include "verifier_sim/env.h"
#include "verifier_sim/memory/ctx_field.h"

namespace bpfcheck::sim {

Stop convert_ctx_accesses(Env& env) {
  for (u32 i = 0; i < env.prog.insns.size(); i++) {
    const Insn& insn = env.prog.insns[i];
    if (insn.cls() != bpf::LDX) continue;
    if (ctx_is_rewritten(env, ctx_view_behind(env, env.prog.aux[i].ptr_type), insn.off, AccessType::Read)) continue;
    env.path.insn_idx = i;
    return env.reject(Msg::CtxConversionFailed, 0);
  }
  return go_on;
}

}  // namespace bpfcheck::sim
