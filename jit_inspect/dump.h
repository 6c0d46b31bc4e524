// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Everything that is shown of a program after the verifier, as one value: read from the running kernel, or from a file
// that an earlier reading was kept in. What takes it needs no kernel.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "btf/btf.h"
#include "kernel_db/target.h"
#include "loader/load/kernel_symbols.h"
#include "loader/program.h"
#include "loader/syscall/obj_info.h"

namespace bpfcheck::jit {

/// The program as it was given to the kernel, where that is known.
struct LoadedProgram {
  Insns insns;
  std::vector<loader::LineInfo> line_info;
};

struct ProgramDump {
  loader::sys::ProgInfo info;
  std::string full_name;  ///< as the object has it; "" where only the kernel was asked
  Arch arch = Arch::x86_64;
  btf::BtfPtr btf;                     ///< the program's; null where it has none
  u64 call_base = 0;                   ///< address of __bpf_call_base: calls of helpers count from it; 0 where hidden
  std::map<u64, std::string> symbols;  ///< kernel symbols that its code refers to, and its own functions
  std::optional<LoadedProgram> loaded;
  std::vector<std::string> hidden;  ///< what the kernel does not show, why, and by which sysctl

  std::string_view symbol(u64 address) const {
    auto it = symbols.find(address);
    return it == symbols.end() ? std::string_view() : it->second;
  }
};

/// Reads a program that the kernel holds.
Result<ProgramDump> read_dump(const loader::sys::Fd& prog, const loader::KernelSymbols& symbols);

/// A JSON document with a dump, and back. Errors: what is missing or malformed.
std::string to_json(const ProgramDump& dump);
Result<ProgramDump> dump_from_json(std::string_view text, const std::string& origin);

/// The architecture that this program was built for: programs read from the kernel are of it.
Arch host_arch();

}  // namespace bpfcheck::jit
