// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ctx.h. Most contexts are rows of kernel_db/contexts; those here are sized by the architecture.
#include "verifier_sim/memory/ctx.h"

#include <algorithm>
#include <optional>

#include "verifier_sim/memory/btf_ctx.h"
#include "verifier_sim/memory/ctx_field.h"

namespace bpfcheck::sim {
namespace {

/// Contexts with a struct pt_regs at their start are as large as the target's.
struct PerfEventData {
  u32 size, sample_period, addr;
};

/// struct bpf_perf_event_data: the registers as user space knows them, then two numbers.
std::optional<PerfEventData> perf_event_data(const Target& target) {
  if (!target.btf) return PerfEventData{184, 168, 176};
  auto id = target.btf->find("bpf_perf_event_data", btf::Kind::Struct);
  if (!id) return std::nullopt;
  const btf::Type t = target.btf->type(*id);
  PerfEventData d{t.size(), 0, 0};
  for (u32 i = 0; i < t.member_count(); i++) {
    if (t.member(i).name == "sample_period") d.sample_period = t.member_bit_offset(i) / 8;
    if (t.member(i).name == "addr") d.addr = t.member_bit_offset(i) / 8;
  }
  return d;
}

int long_size(const Target& target) { return target.btf ? static_cast<int>(target.btf->pointer_size()) : 8; }

enum class Answer : u8 { No, Yes, Unsupported };
constexpr Answer answer(bool b) { return b ? Answer::Yes : Answer::No; }

/// pe_prog_is_valid_access
Answer perf_event(const Env& env, int off, int size, AccessType t, CtxAccess* info) {
  auto data = perf_event_data(env.target);
  if (!data) return Answer::Unsupported;
  const int word = long_size(env.target);
  if (off < 0 || static_cast<u32>(off) >= data->size || t != AccessType::Read) return Answer::No;
  if (off % size && !(word == 4 && size == 8 && off % size == 4)) return Answer::No;
  const u32 at = static_cast<u32>(off);
  if ((at >= data->sample_period && at < data->sample_period + 8) || (at >= data->addr && at < data->addr + 8)) {
    info->ctx_field_size = 8;
    return Answer::Yes;
  }
  return answer(size == word);
}

/// tp_prog_is_valid_access: the first word is the kernel's own. What lies before it is not refused: there the kernel
/// compares as unsigned numbers.
Answer tracepoint(const Env& env, int off, int size, AccessType t) {
  constexpr int largest = 8192;  // PERF_MAX_TRACE_SIZE
  return answer((off < 0 || off >= long_size(env.target)) && off < largest && t == AccessType::Read && off % size == 0);
}

Answer ask(const Env& env, int off, int size, AccessType t, CtxAccess* info) {
  switch (env.prog.type) {
    case ProgType::PERF_EVENT:
      return perf_event(env, off, size, t, info);
    case ProgType::TRACEPOINT:
      return tracepoint(env, off, size, t);
    case ProgType::NETFILTER:
      if (long_size(env.target) != 8) return Answer::Unsupported;
      break;
    default:
      break;
  }
  if (auto view = ctx_view(env.prog.type)) return answer(ctx_field_is_valid_access(env, *view, off, size, t, info));
  return Answer::Unsupported;
}

bool holds_reference(const State& st, u32 id) {
  return std::ranges::any_of(st.refs, [&](const Reference& r) { return r.type == RefType::Ptr && r.id == id; });
}

Stop check_btf_ctx_access(Env& env, u32 insn_idx, int off, int size, AccessType t, CtxAccess* info) {
  if (!btf_ctx_is_valid_access(env, off, size, t, info)) return env.reject(Msg::InvalidCtxAccess, off, size);
  if (base_type(info->reg_type) != PTR_TO_BTF_ID)
    env.prog.aux[insn_idx].ctx_field_size = info->ctx_field_size;
  else if (info->ref_obj_id && !holds_reference(*env.path.cur_state, info->ref_obj_id))
    return env.reject(Msg::CtxReferenceReleased, off);
  env.prog.max_ctx_offset = std::max(env.prog.max_ctx_offset, static_cast<u32>(off + size));
  return go_on;
}

}  // namespace

Stop check_ctx_access(Env& env, u32 insn_idx, int off, int size, AccessType t, CtxAccess* info) {
  if (has_btf_ctx(env)) return check_btf_ctx_access(env, insn_idx, off, size, t, info);
  switch (ask(env, off, size, t, info)) {
    case Answer::Yes:
      env.prog.aux[insn_idx].ctx_field_size = info->ctx_field_size;
      env.prog.max_ctx_offset = std::max(env.prog.max_ctx_offset, static_cast<u32>(off + size));
      return go_on;
    case Answer::No:
      return env.reject(Msg::InvalidCtxAccess, off, size);
    case Answer::Unsupported:
      break;
  }
  return env.unsupported(std::string("context of ") + prog_type_name(env.prog.type) + " programs");
}

bool ctx_is_converted(const Env& env) {
  using enum ProgType;
  switch (env.prog.type) {
    case KPROBE:
    case TRACEPOINT:
    case RAW_TRACEPOINT:
    case RAW_TRACEPOINT_WRITABLE:
    case TRACING:
    case LSM:
    case SYSCALL:
    case STRUCT_OPS:
      return false;
    default:
      return true;
  }
}

}  // namespace bpfcheck::sim
