// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See call_summary.h.
#include "verifier_sim/flow/call_summary.h"

#include <algorithm>

#include "kernel_db/helper_ids.h"
#include "verifier_sim/flow/subprogs.h"
#include "verifier_sim/program/call_kind.h"

namespace bpfcheck::sim {
namespace {

/// Bits from `low` to `high`; none where high is below low.
u32 mask_between(int high, int low) { return high < low ? 0 : ((2u << high) - 1) & ~((1u << low) - 1); }

/// Helpers that the verifier or the JIT replaces by instructions (verifier_inlines_helper_call,
/// bpf_jit_inlines_helper_call).
bool inlined_helper(const Program& prog, s32 id) {
  constexpr s32 FUNC_get_smp_processor_id = 8, FUNC_get_current_task = 35, FUNC_get_current_task_btf = 158;
  if (!prog.target.jit) return false;
  if (id == FUNC_get_smp_processor_id) return prog.target.arch == Arch::x86_64 || prog.target.arch == Arch::arm64;
  if (id == FUNC_get_current_task || id == FUNC_get_current_task_btf) return prog.target.arch == Arch::arm64;
  return false;
}

void mark_pattern(Program& prog, Subprog& sub, u32 idx, s16 lowest_off) {
  auto cs = get_call_summary(prog, prog.insns[idx]);
  if (!cs) return;
  u32 expected = ~mask_between(cs->num_params, cs->is_void ? 1 : 0) & all_caller_saved_regs;
  s16 off = lowest_off;
  u32 i = 1;
  for (; i <= 6; i++, off = static_cast<s16>(off + 8)) {
    if (idx < i || idx + i >= prog.insns.size()) break;
    const Insn &stx = prog.insns[idx - i], &ldx = prog.insns[idx + i];
    if (stx.code != (bpf::STX | bpf::MEM | bpf::DW) || ldx.code != (bpf::LDX | bpf::MEM | bpf::DW) ||
        stx.dst != bpf::REG_FP || ldx.src != bpf::REG_FP || stx.src != ldx.dst || !((1u << stx.src) & expected) ||
        stx.off != off || ldx.off != off)
      break;
    expected &= ~(1u << stx.src);
    prog.aux[idx - i].fastcall_pattern = prog.aux[idx + i].fastcall_pattern = true;
  }
  if (i == 1) return;
  // A helper that this kernel does not treat so keeps its spills, and with them the stack.
  if (cs->fastcall)
    prog.aux[idx].fastcall_spills_num = static_cast<u8>((i - 1) & 7);
  else
    sub.keep_fastcall_stack = true;
  sub.fastcall_stack_off = std::min(sub.fastcall_stack_off, off);
}

}  // namespace

std::optional<CallSummary> get_call_summary(const Program& prog, const Insn& call) {
  CallSummary cs;
  if (bpf_helper_call(&call)) {
    const HelperProto* fn = helper_proto(prog.target, prog.helper_context(), static_cast<u32>(call.imm));
    if (!fn) return std::nullopt;
    cs.fastcall = fn->allow_fastcall && inlined_helper(prog, call.imm);
    cs.is_void = fn->ret == RET_VOID;
    for (u32 arg : fn->arg) {
      if (arg == ARG_DONTCARE) break;
      cs.num_params++;
    }
    return cs;
  }
  if (bpf_pseudo_kfunc_call(&call)) {
    KfuncMeta meta;
    if (fetch_kfunc_meta(prog, &call, &meta)) return std::nullopt;
    btf::Type proto = meta.btf->type(meta.func_proto_id);
    cs.num_params = static_cast<u8>(proto.vlen());
    cs.fastcall = is_kfunc_fastcall(&meta);
    cs.is_void = proto.type() == 0;
    return cs;
  }
  return std::nullopt;
}

Stop mark_fastcall_patterns(Program& prog) {
  for (u32 s = 0; s < prog.subprog_cnt; s++) {
    Subprog& sub = prog.subprogs[s];
    const u32 end = prog.subprogs[s + 1].start;
    s16 lowest = 0;
    for (u32 i = sub.start; i < end; i++)
      if (const Insn& insn = prog.insns[i]; insn.code == (bpf::STX | bpf::MEM | bpf::DW) && insn.dst == bpf::REG_FP)
        lowest = std::min(lowest, insn.off);
    for (u32 i = sub.start; i < end; i++)
      if (prog.insns[i].code == (bpf::JMP | bpf::CALL)) mark_pattern(prog, sub, i, lowest);
  }
  return go_on;
}

Stop remove_fastcall_spills_fills(Program& prog) {
  u32 s = 0;
  bool modified = false;
  for (u32 i = 0; i < prog.insns.size(); i++) {
    modified |= prog.aux[i].fastcall_spills_num > 0;
    if (prog.subprogs[s + 1].start != i + 1) continue;
    Subprog& sub = prog.subprogs[s++];
    if (modified && !sub.keep_fastcall_stack) sub.stack_depth = static_cast<u16>(-sub.fastcall_stack_off);
    modified = false;
  }
  return go_on;
}

}  // namespace bpfcheck::sim
