// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Disassembly in the kernel's notation: what print_bpf_insn (kernel/bpf/disasm.c, 6.18) prints in a verifier log.
#pragma once

#include <functional>
#include <string>

#include "base/insn.h"

namespace bpfcheck {

/// How the disassembler renders what only the caller can know. Either may be empty.
struct DisasmNames {
  /// Name of a call's target ("bpf_map_lookup_elem#1", "pc+5", a kfunc's name); default as the kernel prints it raw.
  std::function<std::string(const Insn&)> call;
  /// Rendering of a 64-bit immediate ("map[name:x,ks=4]..."); default hexadecimal.
  std::function<std::string(const Insn&, u64 full_imm)> imm;
};

/// Appends one instruction, e.g. "(b7) r1 = 0", with no line end. `insn` points into an array: for BPF_LD_IMM64 the
/// next slot is read as well and must exist. `allow_ptr_leaks` false hides a map address as the kernel does.
void disassemble(std::string& out, const Insn* insn, const DisasmNames& names = {}, bool allow_ptr_leaks = true);

}  // namespace bpfcheck
