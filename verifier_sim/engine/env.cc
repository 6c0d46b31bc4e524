// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See env.h.
#include "verifier_sim/env.h"

#include "verifier_sim/flow/stack_use.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/search/liveness.h"

namespace bpfcheck::sim {

Env::Env(const Target& t, const loader::LinkedProgram& p, u32 attach, Observer* observer)
    : target(t), prog(t, p, attach), notes(observer, *this, path.insn_idx, t.wording), laws(laws_of(t)) {
  notes.slot_reads_shown = t.has(Feature::slot_reads_shown);
  path.callback_references = t.has(Feature::callback_references);
  explorer = std::make_unique<Explorer>();
  explorer->buckets.resize(prog.insns.size());
  prepare_backtrack(*this);
}

Env::~Env() = default;

}  // namespace bpfcheck::sim
