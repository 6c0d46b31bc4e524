// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The program after the verifier as text: what `bpftool prog dump xlated` prints
// (tools/bpf/bpftool/xlated_dumper.c, 6.12), with the instructions in 6.18's notation.
#pragma once

#include <string>

#include "base/disasm.h"
#include "jit_inspect/dump.h"

namespace bpfcheck::jit {

/// How calls, maps and subprograms are named. `dump` outlives it.
DisasmNames xlated_names(const ProgramDump& dump);

/// One instruction, without its number.
std::string xlated_insn(const ProgramDump& dump, const DisasmNames& names, u32 index);

/// The whole listing: prototypes before functions, source lines before instructions.
std::string xlated_text(const ProgramDump& dump);

/// "int xdp_prog(struct xdp_md * ctx)", as bpftool has it; "" for a type that it cannot name.
std::string prototype(const btf::Btf& btf, u32 type_id);

/// The text of a source line without what indents it; "" where there is none.
std::string_view source_text(const ProgramDump& dump, const loader::sys::LineInfoRec& line);

}  // namespace bpfcheck::jit
