// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See attach.h.
#include "verifier_sim/engine/attach.h"

#include "kernel_db/attach_points.h"
#include "kernel_db/lsm_hooks.h"
#include "verifier_sim/engine/kernel_address.h"
#include "verifier_sim/engine/struct_ops.h"
#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/program/passed_size.h"

namespace bpfcheck::sim {
namespace {

using A = AttachType;
constexpr u32 max_arg_size = 16;  // two registers

bool can_be_sleepable(const Env& env) {
  const Target& t = env.target;
  switch (env.prog.linked.type) {
    case ProgType::TRACING:
      if (!t.has(Feature::sleepable_iterators)) return true;  // by its attach target, then
      return env.prog.attach_is(A::TRACE_FENTRY) || env.prog.attach_is(A::TRACE_FEXIT) ||
             env.prog.attach_is(A::MODIFY_RETURN) || env.prog.attach_is(A::TRACE_ITER) ||
             (env.prog.attach_is(A::TRACE_RAW_TP) && t.has(Feature::sleepable_tracepoints));
    case ProgType::LSM:
      return true;
    case ProgType::KPROBE:
      return t.has(Feature::sleepable_uprobes);
    case ProgType::STRUCT_OPS:
      return t.has(Feature::sleepable_iterators);
    case ProgType::RAW_TRACEPOINT:
    case ProgType::TRACEPOINT:
      return t.has(Feature::sleepable_tracepoints);
    default:
      return false;
  }
}

/// btf_distill_func_proto: a trampoline can be made for this prototype.
Stop check_prototype(Env& env, const btf::Btf& btf, btf::Type proto, std::string_view name) {
  if (proto.vlen() > MAX_FUNC_ARGS) return env.reject(Msg::AttachTooManyArgs, name, proto.vlen());
  const auto resolved = [&](u32 id) { return btf.type(btf.skip_mods_and_typedefs(id)); };
  if (const btf::Type t = resolved(proto.type()); !passed_size(btf, proto.type()) || t.is_composite())
    return env.reject(Msg::AttachReturnType, name, btf_type_str(t));
  for (u32 i = 0; i < proto.vlen(); i++) {
    const u32 id = proto.param(i).type;
    if (i + 1 == proto.vlen() && id == 0) return env.reject(Msg::AttachVariadic, name);
    const std::optional<u64> size = passed_size(btf, id);
    if (!size || *size > max_arg_size) return env.reject(Msg::AttachArgType, name, i, btf_type_str(resolved(id)));
    if (*size == 0) return env.reject(Msg::AttachVoidArg, name);
  }
  return go_on;
}

/// A tracepoint's prototype is that of the function behind it, whose parameters have names; or else its type's.
Stop check_raw_tracepoint(Env& env, const btf::Btf& btf, btf::Type t) {
  constexpr std::string_view prefix = "btf_trace_", function = "__bpf_trace_";
  if (!t.is(btf::Kind::Typedef)) return env.reject(Msg::AttachNotTypedef, t.id());
  if (!t.name().starts_with(prefix)) return env.reject(Msg::AttachWrongName, t.id(), t.name());
  env.prog.attach_func_name = t.name().substr(prefix.size());
  auto named = btf.find(std::string(function).append(env.prog.attach_func_name), btf::Kind::Func);
  btf::Type holder = named ? btf.type(*named) : btf.type(t.type());
  if (!named && !holder.is(btf::Kind::Ptr)) return Stop::refused(EINVAL);
  if (!btf.type(holder.type()).is(btf::Kind::FuncProto)) return Stop::refused(EINVAL);
  env.prog.attach_func_proto = holder.type();
  return go_on;
}

bool is_sleepable_target(const Env& env) {
  const std::string_view name = env.prog.attach_func_name;
  if (env.prog.linked.type == ProgType::LSM) return lsm_hook_has(env.target, name, LsmHook::sleepable);
  if (env.prog.linked.type != ProgType::TRACING) return false;
  if (is_system_call(name) && env.target.has(Feature::open_system_calls)) return true;
  if (error_injectable(env.target, name) && !attach_point_is(env.target, name, AttachPoint::unsleepable)) return true;
  return attach_point_is(env.target, name, AttachPoint::modifiable_sleepable);
}

/// Functions of the security hooks' entry points, those that are listed, and those where errors may be injected.
bool is_modifiable(const Env& env) {
  const std::string_view name = env.prog.attach_func_name;
  if (is_system_call(name) && env.target.has(Feature::open_system_calls)) return true;
  return name.starts_with("security_") || attach_point_is(env.target, name, AttachPoint::modifiable) ||
         attach_point_is(env.target, name, AttachPoint::modifiable_sleepable) || error_injectable(env.target, name);
}

Stop check_function(Env& env, const btf::Btf& btf, btf::Type t) {
  if (!t.is(btf::Kind::Func)) return env.reject(Msg::AttachNotFunc, t.id());
  btf::Type proto = btf.type(t.type());
  if (!proto.is(btf::Kind::FuncProto)) return Stop::refused(EINVAL);
  env.prog.attach_func_name = t.name();
  env.prog.attach_func_proto = t.type();
  if (Stop stop = check_prototype(env, btf, proto, t.name())) return stop;
  if (env.prog.attach_is(A::TRACE_ITER)) return go_on;
  if (!is_traceable(env.target, t)) return env.reject(Msg::AttachNoAddress, t.name());
  if (env.prog.sleepable) return is_sleepable_target(env) ? go_on : env.reject(Msg::AttachNotSleepable, t.name());
  if (env.prog.attach_is(A::MODIFY_RETURN) && !is_modifiable(env))
    return env.reject(Msg::AttachNotModifiable, t.name());
  return go_on;
}

/// bpf_check_attach_target, for targets in the kernel.
Stop check_target(Env& env) {
  const u32 id = env.prog.attach_btf_id;
  if (!id) return env.reject(Msg::AttachNoBtfId);
  if (!env.prog.attach_btf) return env.reject(Msg::AttachNoBtf);
  const btf::Btf& btf = *env.prog.attach_btf;
  if (!btf.has(id)) return env.reject(Msg::AttachInvalidId, id);
  if (!btf_is_kernel(env, &btf)) return env.unsupported("programs that attach to other programs");
  if (!env.target.offers.has(static_cast<A>(env.prog.expected_attach_type))) return Stop::refused(EINVAL);
  if (env.prog.linked.type == ProgType::EXT) return env.reject(Msg::AttachKernelReplace);
  switch (static_cast<A>(env.prog.expected_attach_type)) {
    case A::TRACE_RAW_TP:
      return check_raw_tracepoint(env, btf, btf.type(id));
    case A::TRACE_ITER:
    case A::MODIFY_RETURN:
    case A::LSM_MAC:
    case A::LSM_CGROUP:
    case A::TRACE_FENTRY:
    case A::TRACE_FEXIT:
      return check_function(env, btf, btf.type(id));
    default:
      return Stop::refused(EINVAL);
  }
}

/// bpf_iter_prog_supported
Stop check_iterator(Env& env) {
  constexpr std::string_view prefix = "bpf_iter_";
  if (!env.prog.attach_func_name.starts_with(prefix)) return Stop::refused(EINVAL);
  const std::string_view target = env.prog.attach_func_name.substr(prefix.size());
  if (!iter_target_known(target)) return Stop::refused(EINVAL);
  for (const IterArg& a : iter_args())
    if (a.target == target)
      env.prog.ctx_arg_info.push_back({.offset = 8 * a.arg,
                                       .reg_type = a.reg_type,
                                       .btf = env.target.btf.get(),
                                       .btf_id = a.btf_struct.empty() ? 0 : vmlinux_struct_id(env, a.btf_struct)});
  return go_on;
}

/// A function is a hook where the kernel's list of hooks has its name.
bool is_lsm_hook(const btf::Btf& btf, std::string_view function) {
  constexpr std::string_view prefix = "bpf_lsm_";
  auto hooks = btf.find("security_list_options", btf::Kind::Union);
  if (!hooks || !function.starts_with(prefix)) return false;
  btf::Type list = btf.type(*hooks);
  for (u32 i = 0; i < list.vlen(); i++)
    if (list.member(i).name == function.substr(prefix.size())) return true;
  return false;
}

Stop bpf_lsm_verify_prog(Env& env) {
  if (!env.prog.linked.gpl_compatible) return env.reject(Msg::LsmNeedsGpl);
  if (lsm_hook_has(env.target, env.prog.attach_func_name, LsmHook::disabled))
    return env.reject(Msg::LsmDisabledHook, env.prog.attach_btf_id, env.prog.attach_func_name);
  if (!is_lsm_hook(*env.prog.attach_btf, env.prog.attach_func_name))
    return env.reject(Msg::AttachWrongName, env.prog.attach_btf_id, env.prog.attach_func_name);
  return go_on;
}

}  // namespace

Stop check_attach_btf_id(Env& env) {
  const ProgType type = env.prog.linked.type;
  if (type == ProgType::SYSCALL) return env.prog.sleepable ? go_on : env.reject(Msg::SyscallNotSleepable);
  if (env.prog.sleepable && !can_be_sleepable(env)) return env.reject(Msg::CannotBeSleepable);
  if (type == ProgType::STRUCT_OPS) return check_struct_ops_btf_id(env);
  if (type != ProgType::TRACING && type != ProgType::LSM && type != ProgType::EXT) return go_on;
  if (Stop stop = check_target(env)) return stop;
  if (env.prog.attach_is(A::TRACE_RAW_TP)) {
    env.prog.attach_btf_trace = true;
    return go_on;
  }
  if (env.prog.attach_is(A::TRACE_ITER)) return check_iterator(env);
  if (type == ProgType::LSM) return bpf_lsm_verify_prog(env);
  const std::string_view name = env.prog.attach_func_name;
  if (attach_point_is(env.target, name, AttachPoint::denied)) return env.reject(Msg::AttachDenied, name);
  const bool on_return = env.prog.attach_is(A::TRACE_FEXIT) || env.prog.attach_is(A::MODIFY_RETURN);
  if (on_return && attach_point_is(env.target, name, AttachPoint::noreturn))
    return env.reject(Msg::AttachNoReturn, name);
  return go_on;
}

}  // namespace bpfcheck::sim
