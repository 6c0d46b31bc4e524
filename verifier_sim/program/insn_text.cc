// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See insn_text.h.
#include "verifier_sim/program/insn_text.h"

#include "base/disasm.h"

namespace bpfcheck::sim {

std::string insn_text(const loader::LinkedProgram& prog, const Insns& insns, u32 i, bool allow_ptr_leaks, u32 helpers) {
  if (i >= insns.size()) return "";
  if (insns[i].code == bpf::LD_IMM64 && i + 1 >= insns.size()) return "(18) cut off";
  DisasmNames names;
  names.call = [&](const Insn& insn) -> std::string {
    if (insn.src == 0) {
      const bool known = insn.imm > 0 && static_cast<u32>(insn.imm) < helpers;
      std::string_view name = known ? helper_name(static_cast<u32>(insn.imm)) : "";
      return name.empty() ? "" : "bpf_" + std::string(name);
    }
    if (insn.src != bpf::PSEUDO_KFUNC_CALL) return "";
    auto index = static_cast<size_t>(insn.off);
    if (index >= prog.btfs.size() || !prog.btfs[index]) return "<error>";
    return std::string(prog.btfs[index]->type(static_cast<u32>(insn.imm)).name());
  };
  std::string s;
  disassemble(s, &insns[i], names, allow_ptr_leaks);
  return s;
}

std::string insn_text(const Program& prog, u32 insn_idx) {
  return insn_text(prog.linked, prog.insns, insn_idx, prog.may.allow_ptr_leaks, helper_count_of(prog.target));
}

}  // namespace bpfcheck::sim
