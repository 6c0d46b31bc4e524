// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See subprogs.h.
#include "verifier_sim/flow/subprogs.h"

#include <algorithm>

#include "kernel_db/helper_ids.h"
#include "verifier_sim/program/call_kind.h"

namespace bpfcheck::sim {
namespace {

constexpr std::string_view exception_tag = "exception_callback:";

Stop add_subprog(Program& prog, Notes& notes, int off) {
  if (off < 0 || off >= static_cast<int>(prog.insns.size())) return notes.reject(Msg::CallInvalidDestination);
  if (find_subprog(prog, off)) return go_on;
  if (prog.subprog_cnt >= MAX_SUBPROGS) return notes.reject(Msg::TooManySubprogs);
  auto at = std::ranges::find_if(prog.subprogs, [&](const Subprog& s) { return s.start > static_cast<u32>(off); });
  Subprog sub;
  sub.start = static_cast<u32>(off);
  prog.subprogs.insert(at, sub);
  prog.subprog_cnt++;
  return go_on;
}

/// Instruction at which the exception callback that the main program's tag names begins; 0 where it names none.
Expected<u32> exception_callback_offset(Program& prog, Notes& notes) {
  const auto& func_info = prog.linked.func_info;
  if (func_info.empty() || !prog.linked.btf) return 0;
  const btf::Btf& btf = *prog.linked.btf;
  std::string_view name;
  for (std::string_view tag : btf.decl_tags(func_info[0].type_id)) {
    if (!tag.starts_with(exception_tag)) continue;
    if (!name.empty()) {
      notes.note(Msg::MultipleExceptionCallbacks);
      return std::unexpected(Stop::refused(EEXIST));
    }
    name = tag.substr(exception_tag.size());
  }
  if (name.empty()) return 0;
  auto id = btf.find(name, btf::Kind::Func);
  if (!id) return std::unexpected(notes.reject(Msg::ExceptionCallbackNotFound, name));
  if (btf.type(*id).linkage() != btf::Linkage::Global)
    return std::unexpected(notes.reject(Msg::ExceptionCallbackNotGlobal, name));
  u32 off = 0;
  for (const auto& info : func_info) {
    if (info.type_id != *id) continue;
    off = info.insn_off;
    if (!off) return std::unexpected(notes.reject(Msg::ExceptionCallbackAtZero));
  }
  if (!off) return std::unexpected(notes.reject(Msg::ExceptionCallbackNoFuncInfo));
  return off;
}

}  // namespace

std::optional<u32> find_containing_subprog(const Program& prog, int off) {
  if (off < 0 || off >= static_cast<int>(prog.insns.size()) || prog.subprog_cnt == 0) return std::nullopt;
  auto end = prog.subprogs.begin() + prog.subprog_cnt;
  auto after = std::upper_bound(prog.subprogs.begin(), end, static_cast<u32>(off),
                                [](u32 o, const Subprog& s) { return o < s.start; });
  return after == prog.subprogs.begin() ? 0 : static_cast<u32>(after - prog.subprogs.begin()) - 1;
}

std::optional<u32> find_subprog(const Program& prog, int off) {
  const std::optional<u32> i = find_containing_subprog(prog, off);
  return i && prog.subprogs[*i].start == static_cast<u32>(off) ? i : std::nullopt;
}

Stop add_subprog_and_kfunc(Program& prog, Notes& notes) {
  if (Stop stop = add_subprog(prog, notes, 0)) return stop;
  for (u32 i = 0; i < prog.insns.size(); i++) {
    const Insn& insn = prog.insns[i];
    const bool callback = bpf_pseudo_func(&insn) && prog.target.has(Feature::callbacks);
    const bool local = callback || bpf_pseudo_call(&insn);
    if (!local && !bpf_pseudo_kfunc_call(&insn)) continue;
    if (!prog.may.bpf_capable) return notes.reject(Msg::CallsNeedCapBpf);
    Stop stop = local ? add_subprog(prog, notes, static_cast<int>(i) + insn.imm + 1)
                      : add_kfunc_call(prog, notes, static_cast<u32>(insn.imm), insn.off);
    if (stop) return stop;
  }
  const Expected<u32> ex = exception_callback_offset(prog, notes);
  if (!ex) return ex.error();
  if (*ex) {
    if (Stop stop = add_subprog(prog, notes, static_cast<int>(*ex))) return stop;
    if (const std::optional<u32> i = find_subprog(prog, static_cast<int>(*ex)); i && *i) {
      prog.exception_callback_subprog = *i;
      Subprog& sub = prog.subprogs[*i];
      sub.is_cb = sub.is_async_cb = sub.is_exception_cb = true;
    }
  }
  Subprog end;
  end.start = static_cast<u32>(prog.insns.size());
  prog.subprogs.push_back(end);
  for (u32 i = 0; i < prog.subprog_cnt; i++) notes.detail(Msg::FuncAt, i, prog.subprogs[i].start);
  return go_on;
}

Stop check_subprogs(Program& prog, Notes& notes) {
  u32 cur = 0;
  int start = 0, end = static_cast<int>(prog.subprogs[1].start);
  const int insn_cnt = static_cast<int>(prog.insns.size());
  const bool long_jumps = prog.target.has(Feature::long_jumps);
  for (int i = 0; i < insn_cnt; i++) {
    const Insn& insn = prog.insns[static_cast<u32>(i)];
    Subprog& sub = prog.subprogs[cur];
    if (bpf_helper_call(&insn) && static_cast<u32>(insn.imm) == func::tail_call) sub.has_tail_call = true;
    if (insn.cls() == bpf::LD && (insn.mode() == bpf::ABS || insn.mode() == bpf::IND)) sub.has_ld_abs = true;
    if ((insn.cls() == bpf::JMP || insn.cls() == bpf::JMP32) && insn.op() != bpf::EXIT && insn.op() != bpf::CALL) {
      int to = i + (long_jumps ? bpf_jmp_offset(&insn) : insn.off) + 1;
      if (to < start || to >= end) return notes.reject(Msg::JumpOutOfRange, i, to);
    }
    if (i != end - 1) continue;
    if (insn.code != (bpf::JMP | bpf::EXIT) && insn.code != (bpf::JMP32 | bpf::JA) && insn.code != (bpf::JMP | bpf::JA))
      return notes.reject(Msg::LastInsnNotExit);
    start = end;
    if (++cur < prog.subprog_cnt) end = static_cast<int>(prog.subprogs[cur + 1].start);
  }
  return go_on;
}

}  // namespace bpfcheck::sim
