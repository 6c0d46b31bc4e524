// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The passes of the verifier, in order (bpf_check: kernel/bpf/verifier.c, 6.18).
#include "verifier_sim/verify.h"

#include "verifier_sim/calls/helper.h"
#include "verifier_sim/engine/attach.h"
#include "verifier_sim/engine/btf_info.h"
#include "verifier_sim/engine/explore.h"
#include "verifier_sim/engine/load_checks.h"
#include "verifier_sim/engine/resolve.h"
#include "verifier_sim/env.h"
#include "verifier_sim/flow/call_summary.h"
#include "verifier_sim/flow/cfg.h"
#include "verifier_sim/flow/const_fold.h"
#include "verifier_sim/flow/dead_subprogs.h"
#include "verifier_sim/flow/live_regs.h"
#include "verifier_sim/flow/scc.h"
#include "verifier_sim/flow/stack_depth.h"
#include "verifier_sim/flow/stack_use.h"
#include "verifier_sim/flow/subprogs.h"
#include "verifier_sim/program/kfunc_desc.h"
#include "verifier_sim/rewrite/ctx_access.h"
#include "verifier_sim/search/explorer.h"
#include "verifier_sim/search/stack_liveness.h"

namespace bpfcheck::sim {
namespace {

/// What a pass takes of a verification: as much as it says.
struct Parts {
  Env& env;
  operator Env&() const { return env; }
  operator Program&() const { return env.prog; }
  operator Notes&() const { return env.notes; }
  operator const Laws&() const { return env.laws; }
  operator std::unique_ptr<StackUse>&() const { return env.stack_use; }
};
template <auto pass>
Stop run(Env& env) {
  return []<class... P>(Stop (*f)(P...), Env& e) { return f(static_cast<P>(Parts{e})...); }(pass, env);
}

struct Pass {
  Stop (*run)(Env&);
  bool (*in)(const Laws&) = [](const Laws&) { return true; };  ///< whether this kernel has it here
};

constexpr Pass passes[] = {
    {run<check_btf_info_early>, [](const Laws& l) { return l.passes.func_info_early; }},
    {run<add_subprog_and_kfunc>},
    {run<check_subprogs>},
    {run<check_btf_info>},
    {run<check_attach_btf_id>, [](const Laws& l) { return l.passes.attach_target_first; }},
    {run<resolve_pseudo_ldimm64>},
    {run<check_cfg>},
    {run<compute_postorder>},
    {run<bpf_stack_liveness_init>, [](const Laws& l) { return l.search.stack_liveness == StackLiveness::learnt; }},
    {run<check_attach_btf_id>, [](const Laws& l) { return !l.passes.attach_target_first; }},
    {run<compute_const_regs>, [](const Laws& l) { return l.passes.constants_folded; }},
    {run<prune_dead_branches>, [](const Laws& l) { return l.passes.constants_folded; }},
    {run<compute_stack_use>, [](const Laws& l) { return l.search.stack_liveness == StackLiveness::known; }},
    {[](Env& env) { return compute_scc(env.prog, env.laws.search.callbacks_are_loops); },
     [](const Laws& l) { return l.search.components; }},
    {run<compute_live_registers>, [](const Laws& l) { return l.search.live_registers; }},
    {run<mark_fastcall_patterns>},
    {run<do_check_subprogs>, [](const Laws& l) { return !l.passes.main_program_first; }},
    {run<do_check_main>},
    {run<do_check_subprogs>, [](const Laws& l) { return l.passes.main_program_first; }},
    {run<remove_fastcall_spills_fills>},
    {run<check_max_stack_depth>},
    {run<convert_ctx_accesses>},
    {run<check_unresolved_kfuncs>},
    {run<check_dead_subprogs>},
    {run<check_tail_call_maps>},
};

Verdict conclude(Env& env, Stop stop) {
  Verdict v;
  v.stats = std::move(env.stats);
  v.insn = env.path.insn_idx;
  v.asked_cpus = env.notes.asked_cpus;
  if (!stop)
    v.stats.stack_depth = stack_depths_after_rewrite(env.prog);
  else
    for (u32 i = 0; i < env.prog.subprog_cnt; i++) v.stats.stack_depth.push_back(env.prog.subprogs[i].stack_depth);
  if (stop.is_unmodelled()) {
    v.kind = Verdict::Kind::Unsupported;
    v.unsupported = env.notes.unsupported_name;
  } else if (stop) {
    v.kind = Verdict::Kind::Reject;
    if (env.notes.fresh) v.reject = std::move(env.notes.last);
    v.reject.errnum = stop.errnum();
    v.reject.insn = env.path.insn_idx;
  }
  if (env.notes.observer) env.notes.observer->on_end(env, v);
  return v;
}

}  // namespace

Verdict verify(const loader::LinkedProgram& prog, const Target& target, Observer* observer) {
  if (!prog.undecided.empty()) {
    Verdict v;
    v.kind = Verdict::Kind::Unsupported;
    v.unsupported = prog.undecided;
    return v;
  }
  u32 attach = prog.expected_attach_type;
  if (Stop stop = check_load(prog, target, attach)) {
    Verdict v;
    v.kind = Verdict::Kind::Reject;
    v.before_verifier = true;
    v.reject.errnum = stop.errnum();
    return v;
  }
  Env env(target, prog, attach, observer);
  for (const Pass& pass : passes) {
    if (!pass.in(env.laws)) continue;
    Stop stop = pass.run(env);
    // A pass may have set a name and gone on (a speculative path, a dead end): what is not modelled is never a verdict.
    if (!env.notes.unsupported_name.empty()) stop = Stop::unmodelled();
    if (stop) return conclude(env, stop);
  }
  return conclude(env, go_on);
}

}  // namespace bpfcheck::sim
