// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The program that is judged and what is known of it besides its paths: settled before they are explored, or the same
// on all of them (the parts of struct bpf_verifier_env and struct bpf_prog_aux that no path owns, 6.18).
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "kernel_db/helpers.h"
#include "kernel_db/target.h"
#include "loader/program.h"
#include "verifier_sim/program/insn_aux.h"
#include "verifier_sim/program/kfunc_table.h"
#include "verifier_sim/program/map.h"

namespace bpfcheck::sim {

inline constexpr u32 MAX_SUBPROGS = 256;
inline constexpr s32 MAX_ERRNO = 4095;
inline constexpr u32 MAX_FUNC_ARGS = 12;  ///< MAX_BPF_FUNC_ARGS
inline constexpr u32 MAX_VAR_OFF = 1u << 29, MAX_VAR_SIZ = 1u << 29;

/// How many frames a chain of calls may have.
inline u32 call_frames(const Target& target) { return target.has(Feature::deep_call_stacks) ? 16 : 8; }

/// What the loading process may do, and how it asked to be checked.
struct Privileges {
  bool allow_ptr_leaks = true, allow_uninit_stack = true, bpf_capable = true, bypass_spec_v1 = true,
       bypass_spec_v4 = true;
  bool strict_alignment = false, test_state_freq = false, test_reg_invariants = false;
};

/// An argument in the context of a tracing or struct_ops program that its BTF type alone does not describe.
struct CtxArgInfo {
  u32 offset = 0;    ///< bytes
  u32 reg_type = 0;  ///< RegType | TypeFlag
  const btf::Btf* btf = nullptr;
  u32 btf_id = 0;
  u32 ref_obj_id = 0;
  bool refcounted = false;
};

struct Program {
  Program(const Target& target, const loader::LinkedProgram& linked, u32 expected_attach_type);

  const Target& target;
  const loader::LinkedProgram& linked;
  Insns insns;                             ///< BPF_LD_IMM64 immediates as resolve_pseudo_ldimm64 leaves them
  std::vector<InsnAux> aux;                ///< one an instruction
  std::vector<Subprog> subprogs;           ///< by start; one more, hidden, ends the list: its start is insns.size()
  u32 subprog_cnt = 0;                     ///< real subprograms
  u32 exception_callback_subprog = 0;      ///< 0 none
  std::vector<std::shared_ptr<Map>> maps;  ///< as LinkedProgram::maps, those in use filled
  std::unique_ptr<KfuncTable> kfuncs;      ///< null where no kernel function is called
  std::vector<u32> postorder;         ///< instructions in post-order, grouped by subprogram (Subprog::postorder_start)
  std::vector<ConstRegs> const_regs;  ///< one an instruction; empty where the kernel does not look for them
  Privileges may;

  // What it is and what it attaches to (check_attach_btf_id and its like).
  ProgType type = ProgType::UNSPEC;  ///< resolved: an extension has its target's
  u32 expected_attach_type = 0;
  bool sleepable = false;
  const btf::Btf* attach_btf = nullptr;
  u32 attach_btf_id = 0;
  std::string_view attach_func_name;
  u32 attach_func_proto = 0;         ///< FUNC_PROTO id in attach_btf; 0 none
  std::string_view struct_ops_name;  ///< struct_ops: kernel type
  std::string_view struct_ops_member;
  std::vector<CtxArgInfo> ctx_arg_info;
  struct CtxConvert {
    u32 prog_type_id;
    u32 kern_type_id;
  };
  std::optional<CtxConvert> ctx_convert;  ///< memory/ctx_type.cc's: the context's types in vmlinux, looked up once
  bool priv_stack_requested = false, attach_btf_trace = false;
  const Map* arena = nullptr;
  const Map* cgroup_storage[2] = {};

  // What simulated instructions have shown of it.
  u32 max_ctx_offset = 0, max_rdonly_access = 0, max_rdwr_access = 0, max_tp_access = 0;  ///< bytes
  bool changes_pkt_data = false, might_sleep = false, jits_use_priv_stack = false;
  bool seen_direct_write = false, seen_exception = false;
  bool explore_alu_limits = false;

  bool attach_is(AttachType a) const { return expected_attach_type == static_cast<u32>(a); }
  /// "" without BTF.
  std::string_view subprog_name(u32 subprog) const;
  bool subprog_is_global(u32 subprog) const {
    return subprogs[subprog].linkage == static_cast<u32>(btf::Linkage::Global);
  }
  HelperContext helper_context() const;
};

}  // namespace bpfcheck::sim
