// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See env.h.
#include "verifier_sim/env.h"

#include "verifier_sim/calls/kfunc_desc.h"
#include "verifier_sim/flow/cfg.h"
#include "verifier_sim/flow/liveness.h"
#include "verifier_sim/prune/explorer.h"

namespace bpfcheck::sim {

Env::Env(const Target& t, const loader::LinkedProgram& p, Observer* o)
    : target(t),
      prog(p),
      insns(p.insns),
      aux(p.insns.size()),
      type(p.type),
      ranges(make_ranges({.lone_member = t.has(Feature::lone_member),
                          .signs_exchanged32 = t.has(Feature::signs_exchanged32),
                          .shift_keeps_sign = t.has(Feature::shift_keeps_sign),
                          .byte_swapped_bits = t.has(Feature::byte_swapped_bits)})),
      observer(o) {
  const Capabilities& caps = target.caps;
  bpf_capable = caps.has_bpf();
  allow_ptr_leaks = allow_uninit_stack = bypass_spec_v1 = caps.has_perfmon();
  bypass_spec_v4 =
      allow_ptr_leaks || target.arch == Arch::arm64;  // its JIT has no need of the barrier (bpf_jit_bypass_spec_v4)
  sleepable = prog.flags & F_SLEEPABLE;
  strict_alignment = target.strict_alignment || (prog.flags & F_STRICT_ALIGNMENT);
  if (prog.flags & F_ANY_ALIGNMENT) strict_alignment = false;
  test_state_freq = bpf_capable && (target.test_state_freq || (prog.flags & F_TEST_STATE_FREQ));
  test_reg_invariants = target.test_reg_invariants || (prog.flags & F_TEST_REG_INVARIANTS);
  attach_btf = prog.attach_btf.get();
  attach_btf_id = prog.attach_btf_id;
  explorer = std::make_unique<Explorer>();
  explorer->buckets.resize(insns.size());
  prepare_backtrack(*this);
}

Env::~Env() = default;

std::string_view Env::subprog_name(u32 subprog) const {
  if (!prog.btf || subprog >= prog.func_info.size()) return "";
  return prog.btf->type(prog.func_info[subprog].type_id).name();
}

HelperContext Env::helper_context() const {
  return {.type = type,
          .expected_attach_type = expected_attach_type,
          .sleepable = sleepable,
          .attach_func = attach_func_name,
          .struct_ops = struct_ops_name,
          .struct_ops_member = struct_ops_member};
}

}  // namespace bpfcheck::sim
