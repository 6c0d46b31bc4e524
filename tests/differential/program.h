// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A program without an object: instructions over a fixed set of maps and types, to be judged by the simulation and by a
// kernel.
#pragma once

#include <array>
#include <string>

#include "differential/types.h"
#include "kernel_db/uapi.h"
#include "loader/program.h"

namespace bpfcheck::differential {

/// The maps that every generated program may use, by their index in a BPF_LD_IMM64.
enum MapIndex : s32 {
  small_array,
  hash,
  percpu_array,
  ring_buffer,
  program_array,
  global_data,
  constants,
  locked,
  map_count
};

const loader::MapDef& map_def(s32 index);

/// The kernel functions that a program may call, by the immediate of the call: each kernel has its own numbers for
/// them.
enum class Kfunc : s32 {
  iter_num_new,
  iter_num_next,
  iter_num_destroy,
  rcu_read_lock,
  rcu_read_unlock,
  preempt_disable,
  preempt_enable,
  local_irq_save,
  local_irq_restore,
  count
};
/// The instructions with the numbers of this kernel.
Insns with_kfunc_ids(const Insns& insns, const btf::Btf& vmlinux);

struct Program {
  u64 seed = 0;
  ProgType type = ProgType::SOCKET_FILTER;
  u32 attach_type = 0;
  u32 flags = 0;              ///< ProgFlag
  bool unprivileged = false;  ///< loaded with CAP_BPF and CAP_NET_ADMIN alone
  Insns insns;
  struct Function {
    u32 start;
    Func func;
  };
  std::vector<Function> functions;  ///< by start, the main program first; empty: loaded without BTF
};

/// As the verifier is given it: licence GPL.
loader::LinkedProgram linked(const Program& p, const btf::BtfPtr& vmlinux);

/// One instruction a line in the kernel's notation.
std::string listing(const Program& p);

}  // namespace bpfcheck::differential
