// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ctx_field.h.
#include "verifier_sim/memory/ctx_field.h"

#include "kernel_db/kernel_facts.h"
#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/notes/names.h"

namespace bpfcheck::sim {
namespace {

/// Of 6.18.44, locked down for its integrity, it is known that it refuses what is refused here.
bool is_locked_down(const Target& target) { return target.facts && target.facts->lockdown >= Lockdown::integrity; }

bool holds(const Env& env, const CtxField& f, u32 off, AccessType t) {
  if (!f.range.holds(off) || !(f.access & static_cast<u8>(t)) || !f.kernels.holds(env.target)) return false;
  switch (f.when) {
    case CtxWhen::always:
      return true;
    case CtxWhen::bpf_capable:
      return env.prog.may.bpf_capable;
    case CtxWhen::kprobe_write:
      return env.target.has(Feature::kprobe_write_ctx) && !is_locked_down(env.target);
    default:
      return ctx_when_attach(f.when, env.prog.expected_attach_type);
  }
}

/// The whole field of so many bytes, or a part of it. What is read is always the field, then cut: the rewriter must
/// know.
bool part_of(int size, int field, CtxAccess* info) {
  info->ctx_field_size = field;
  return size <= field;
}

bool size_fits(const Env& env, const CtxField& f, u32 off, int size, CtxAccess* info) {
  const bool inside = u64{off} + static_cast<u64>(size) <= f.range.to;
  switch (f.rule) {
    case CtxRule::refused:
    case CtxRule::as_base:
      return false;
    case CtxRule::any_size:
      return true;
    case CtxRule::inside:
      return inside;
    case CtxRule::size8:
      return size == 1;
    case CtxRule::size32:
    case CtxRule::not_rewritten:
      return size == 4;
    case CtxRule::size64:
    case CtxRule::not_rewritten64:
      return size == 8;
    case CtxRule::unsigned32:
      return size == 4 && !(info->is_ldsx && env.target.has(Feature::signed_ctx_pointers_refused));
    case CtxRule::narrow16:
      return part_of(size, 2, info);
    case CtxRule::narrow32:
    case CtxRule::narrow_not_rewritten:
      return part_of(size, 4, info);
    case CtxRule::narrow32_from_16:
      return size >= 2 && part_of(size, 4, info);
    case CtxRule::narrow16_or_32:
      return part_of(size, size == 4 ? 4 : 2, info);
    case CtxRule::narrow32_or_64:
      return part_of(size, 4, info) || (size == 8 && inside);
    case CtxRule::size32_or_64:
      return size == 4 || (size == 8 && inside);
  }
  return false;
}

const CtxField* find_field(const Env& env, CtxView view, u32 off, AccessType t) {
  for (const CtxField& f : ctx_fields(view))
    if (holds(env, f, off, t)) return &f;
  return nullptr;
}

}  // namespace

CtxView ctx_view_behind(const Env& env, u32 ptr_type) {
  switch (ptr_type) {
    case PTR_TO_CTX:
      return ctx_view(env.prog.type).value_or(CtxView::none);
    case PTR_TO_SOCKET:
      return CtxView::sock;
    case PTR_TO_SOCK_COMMON:
      return CtxView::sock_common;
    case PTR_TO_TCP_SOCK:
      return CtxView::tcp_sock;
    case PTR_TO_XDP_SOCK:
      return CtxView::xdp_sock;
    default:
      return CtxView::none;
  }
}

bool ctx_is_rewritten(const Env& env, CtxView view, int off, AccessType t) {
  while (view != CtxView::none) {
    const CtxField* f = find_field(env, view, static_cast<u32>(off), t);
    if (f && f->rule == CtxRule::as_base) {
      view = ctx_base(view);
      continue;
    }
    return !f || (f->rule != CtxRule::not_rewritten && f->rule != CtxRule::narrow_not_rewritten &&
                  f->rule != CtxRule::not_rewritten64);
  }
  return true;
}

bool ctx_field_is_valid_access(const Env& env, CtxView view, int off, int size, AccessType t, CtxAccess* info) {
  if (off < 0 || static_cast<u32>(off) >= ctx_size(env.target, view)) return false;
  if (off % size && ctx_is_aligned(env.target, view)) return false;
  const u32 at = static_cast<u32>(off);
  while (view != CtxView::none) {
    const CtxField* found = find_field(env, view, at, t);
    if (!found) return false;
    if (found->gives != SCALAR_VALUE) info->reg_type = found->gives;
    if (!found->object.empty()) {
      info->btf = env.target.btf.get();
      info->btf_id = vmlinux_struct_id(env, found->object);
      if (!info->btf_id) return false;
    }
    if (found->rule != CtxRule::as_base) return size_fits(env, *found, at, size, info);
    view = ctx_base(view);
  }
  return false;
}

Stop check_sock_access(Env& env, u32 insn_idx, u32 regno, int off, int size, AccessType t) {
  const Reg& reg = env.path.cur_regs()[regno];
  if (reg.smin() < 0) return env.reject(Msg::MinValueNegative, regno);
  CtxAccess info;
  if (!ctx_field_is_valid_access(env, ctx_view_behind(env, reg.type), off, size, t, &info))
    return env.reject(Msg::InvalidSockAccess, regno, reg_type_str(reg.type), off, size);
  env.prog.aux[insn_idx].ctx_field_size = info.ctx_field_size;
  return go_on;
}

}  // namespace bpfcheck::sim
