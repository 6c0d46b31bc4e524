// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the verifier remembers of an instruction and of a subprogram (struct bpf_insn_aux_data, struct
// bpf_subprog_info, 6.18).
#pragma once

#include <array>

#include "btf/btf.h"
#include "kernel_db/types.h"

namespace bpfcheck::sim {

struct Map;

struct InsnAux {
  // BPF_LD_IMM64 of a kernel's variable, or of a map
  const btf::Btf* btf_var_btf = nullptr;
  u32 btf_var_type = 0;  ///< RegType | TypeFlag
  u32 btf_var_id = 0, btf_var_mem_size = 0;
  u32 map_index = 0, map_off = 0;
  // calls of helpers with a map: map_ptr_state
  bool map_poison = false, map_unpriv = false;
  // bpf_loop inlining
  bool loop_initialized = false, loop_fit_for_inline = false;
  const Map* map = nullptr;
  u32 loop_callback_subprogno = 0;
  u32 ptr_type = NOT_INIT;  ///< pointer type that a load or store goes through
  u32 alu_limit = 0;
  u32 seen = 0;
  int ctx_field_size = 0;
  u32 scc = 0;
  u16 live_regs_before = 0;
  u8 alu_state = 0;
  u8 fastcall_spills_num = 0;
  bool fastcall_pattern = false;
  bool nospec = false, nospec_result = false, is_iter_next = false;
  // set once, before exploration
  bool jmp_point = false, prune_point = false, force_checkpoint = false, calls_callback = false;
};

/// Registers of which every way to an instruction leaves the same (const_reg_mask and its like). Bits are registers.
struct ConstRegs {
  u16 consts = 0, maps = 0, subprogs = 0;
  std::array<u32, 10> vals{};  ///< a constant that fits 32 bits, an index in Program::maps, a subprogram
};

struct SubprogArg {
  u32 arg_type = 0;  ///< ArgType | TypeFlag
  u32 mem_size = 0, btf_id = 0;
};

enum class PrivStack : u8 { Unknown, None, Adaptive };

struct Subprog {
  u32 start = 0;  ///< instruction index of its entry
  u32 postorder_start = 0;
  u16 stack_depth = 0;
  s16 fastcall_stack_off = 0;
  bool has_tail_call = false, has_ld_abs = false, is_cb = false, is_async_cb = false, is_exception_cb = false,
       args_cached = false, keep_fastcall_stack = false, changes_pkt_data = false, might_sleep = false,
       might_throw = false,
       returns_void = false;  ///< as its BTF says
  PrivStack priv_stack_mode = PrivStack::Unknown;
  u8 arg_cnt = 0;
  std::array<SubprogArg, 5> args{};
  // struct bpf_func_info_aux
  u32 linkage = 0;  ///< btf::Linkage of its FUNC
  bool unreliable = false, called = false, verified = false;
};

}  // namespace bpfcheck::sim
