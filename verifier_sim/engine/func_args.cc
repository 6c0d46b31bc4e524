// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See func_args.h.
#include "verifier_sim/engine/func_args.h"

#include <fmt/format.h>

#include "verifier_sim/log/names.h"
#include "verifier_sim/memory/access.h"
#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

/// The name of the context structure as programs of a type declare it.
std::string_view ctx_struct(ProgType t) {
  using enum ProgType;
  switch (t) {
    case SOCKET_FILTER: case SCHED_CLS: case SCHED_ACT: case CGROUP_SKB: case LWT_IN: case LWT_OUT: case LWT_XMIT: case LWT_SEG6LOCAL:
    case SK_SKB: case FLOW_DISSECTOR: return "__sk_buff";
    case XDP: return "xdp_md";
    case CGROUP_SOCK: return "bpf_sock";
    case CGROUP_SOCK_ADDR: return "bpf_sock_addr";
    case SOCK_OPS: return "bpf_sock_ops";
    case SK_MSG: return "sk_msg_md";
    case PERF_EVENT: return "bpf_perf_event_data";
    case CGROUP_DEVICE: return "bpf_cgroup_dev_ctx";
    case CGROUP_SYSCTL: return "bpf_sysctl";
    case CGROUP_SOCKOPT: return "bpf_sockopt";
    case SK_REUSEPORT: return "sk_reuseport_md";
    case SK_LOOKUP: return "bpf_sk_lookup";
    default: return "";
  }
}

bool is_int_like(const btf::Btf& b, u32 id) {
  btf::Type t = b.type(b.skip_mods_and_typedefs(id));
  return t.is(btf::Kind::Int) || t.is_any_enum();
}

}  // namespace

int btf_prepare_func_args(Env& env, int subprog) {
  Subprog& sub = env.subprogs[static_cast<u32>(subprog)];
  if (sub.args_cached) return 0;
  if (env.prog.func_info.empty() || !env.prog.btf) return -EINVAL;
  const btf::Btf& b = *env.prog.btf;
  btf::Type fn = b.type(env.prog.func_info[static_cast<u32>(subprog)].type_id);
  const std::string_view name = fn.name();
  if (sub.unreliable) return -EINVAL;
  const bool global = sub.linkage == static_cast<u32>(btf::Linkage::Global);
  btf::Type proto = b.type(fn.type());
  if (!fn.is(btf::Kind::Func) || !proto.is(btf::Kind::FuncProto)) return env.unsupported("verifier bug: bad type of a function");
  if (proto.vlen() > 5) return global ? env.reject(Msg::TooManyArgs, name, proto.vlen(), 5) : -EINVAL;
  if (!is_int_like(b, proto.type()) && !sub.is_exception_cb) return global ? env.reject(Msg::GlobalReturnType, name) : -EINVAL;
  for (u32 i = 0; i < proto.vlen(); i++) {
    if (!b.decl_tags(fn.id(), static_cast<s32>(i)).empty()) return global ? env.unsupported("argument tags of global functions") : -EINVAL;
    const u32 id = b.skip_mods_and_typedefs(proto.param(i).type);
    btf::Type t = b.type(id);
    if (t.is(btf::Kind::Int) || t.is_any_enum()) {
      sub.args[i] = {ARG_ANYTHING, 0, 0};
      continue;
    }
    if (!t.is(btf::Kind::Ptr)) return global ? env.unsupported("arguments of global functions that are neither numbers nor pointers") : -EINVAL;
    const u32 target = b.skip_mods_and_typedefs(t.type());
    btf::Type pointee = b.type(target);
    const std::string_view ctx = ctx_struct(env.type);
    if (pointee.is(btf::Kind::Struct) && !ctx.empty() && pointee.name() == ctx) {
      sub.args[i] = {ARG_PTR_TO_CTX, 0, 0};
      continue;
    }
    if (ctx.empty()) return env.unsupported(fmt::format("pointer arguments of global functions in {} programs", prog_type_name(env.type)));
    if (!global) return -EINVAL;
    if (pointee.name() == "bpf_dynptr") return env.unsupported("dynptrs");
    auto size = b.size_of(target);
    if (!size) return env.unsupported("pointers to what has no size as arguments of global functions");
    sub.args[i] = {ARG_PTR_TO_MEM | PTR_MAYBE_NULL, static_cast<u32>(*size), 0};
  }
  sub.arg_cnt = static_cast<u8>(proto.vlen());
  sub.args_cached = true;
  return 0;
}

int btf_check_subprog_call(Env& env, u32 subprog, Reg* regs) {
  if (env.prog.func_info.empty() || env.subprogs[subprog].unreliable) return -EINVAL;
  if (!env.subprog_is_global(subprog)) return -EINVAL;  // what a static function is called with is simulated, not checked
  if (int err = btf_prepare_func_args(env, static_cast<int>(subprog))) return err;
  const Subprog& sub = env.subprogs[subprog];
  for (u32 i = 0; i < sub.arg_cnt; i++) {
    const u32 regno = i + 1;
    Reg* reg = &regs[regno];
    const SubprogArg& arg = sub.args[i];
    if (arg.arg_type == ARG_ANYTHING) {
      if (reg->type != SCALAR_VALUE) return env.reject(Msg::ArgNotScalar, regno);
    } else if (arg.arg_type == ARG_PTR_TO_CTX) {
      if (int err = check_ptr_off_reg(env, reg, regno)) return err;
      if (reg->type != PTR_TO_CTX) return env.reject(Msg::ArgExpectedCtx, i, prog_type_name(env.type));
    } else {
      if (int err = check_mem_reg(env, reg, regno, arg.mem_size)) return err;
      if (!(arg.arg_type & PTR_MAYBE_NULL) && (reg->maybe_null() || reg->is_null())) return env.reject(Msg::ArgMaybeNull, i);
    }
  }
  return 0;
}

}  // namespace bpfcheck::sim
