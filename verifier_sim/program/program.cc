// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See program.h.
#include "verifier_sim/program/program.h"

namespace bpfcheck::sim {
namespace {

Privileges privileges_of(const Target& target, u32 prog_flags) {
  Privileges may;
  may.bpf_capable = target.caps.has_bpf();
  may.allow_ptr_leaks = may.allow_uninit_stack = may.bypass_spec_v1 = target.caps.has_perfmon();
  // arm64's JIT has no need of the barrier (bpf_jit_bypass_spec_v4).
  may.bypass_spec_v4 = may.allow_ptr_leaks || target.arch == Arch::arm64;
  may.strict_alignment =
      (target.strict_alignment || (prog_flags & F_STRICT_ALIGNMENT)) && !(prog_flags & F_ANY_ALIGNMENT);
  may.test_state_freq = may.bpf_capable && (target.test_state_freq || (prog_flags & F_TEST_STATE_FREQ));
  may.test_reg_invariants = target.test_reg_invariants || (prog_flags & F_TEST_REG_INVARIANTS);
  return may;
}

}  // namespace

Program::Program(const Target& t, const loader::LinkedProgram& p, u32 attach)
    : target(t),
      linked(p),
      insns(p.insns),
      aux(p.insns.size()),
      may(privileges_of(t, p.flags)),
      type(p.type),
      expected_attach_type(attach),
      sleepable(p.flags & F_SLEEPABLE),
      attach_btf(p.attach_btf.get()),
      attach_btf_id(p.attach_btf_id) {}

std::string_view Program::subprog_name(u32 subprog) const {
  if (!linked.btf || subprog >= linked.func_info.size()) return "";
  return linked.btf->type(linked.func_info[subprog].type_id).name();
}

HelperContext Program::helper_context() const {
  return {.type = type,
          .expected_attach_type = expected_attach_type,
          .sleepable = sleepable,
          .attach_func = attach_func_name,
          .struct_ops = struct_ops_name,
          .struct_ops_member = struct_ops_member};
}

}  // namespace bpfcheck::sim
