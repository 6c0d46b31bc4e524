// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// BPF_PROG_LOAD: the real verifier is asked about one program. BPF_PROG_BIND_MAP.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/insn.h"
#include "loader/program.h"
#include "loader/syscall/bpf.h"

namespace bpfcheck::loader::sys {

/// The arguments as the kernel takes them: the instructions hold file descriptors of maps, kernel BTF ids and so on.
struct ProgLoad {
  std::string name;
  ProgType type = ProgType::UNSPEC;
  u32 expected_attach_type = 0;
  u32 flags = 0;
  std::string license;
  std::span<const Insn> insns;
  int btf_fd = -1;  ///< without it func_info and line_info are not given
  std::span<const FuncInfo> func_info;
  std::span<const LineInfo> line_info;
  u32 attach_btf_id = 0;
  int attach_btf_obj_fd = -1;  ///< BTF of a module
  int attach_prog_fd = -1;     ///< freplace and tracing of a BPF program
  std::vector<int> fd_array;   ///< indexed by kfunc calls' off and PSEUDO_MAP_IDX
  u32 kern_version = 0;
  u32 log_level = 0;                  ///< 0: no log
  size_t log_size = size_t{1} << 20;  ///< bytes; more as long as the kernel finds it too small
};

/// The kernel's answer.
struct ProgAnswer {
  Fd fd;
  int errnum = 0;  ///< positive; 0: accepted
  std::string log;
  bool log_cut = false;  ///< too long to be had: its last part alone
  bool accepted() const { return static_cast<bool>(fd); }
};

ProgAnswer prog_load(const ProgLoad& request);

/// The map lives as long as the program, used by it or not. Errors: EINVAL before Linux 5.10.
Result<void> prog_bind_map(const Fd& prog, const Fd& map);

}  // namespace bpfcheck::loader::sys
