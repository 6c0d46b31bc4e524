// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See allowed.h.
#include "verifier_sim/calls/allowed.h"

#include "kernel_db/attach_points.h"
#include "kernel_db/lsm_hooks.h"
#include "verifier_sim/calls/helper.h"
#include "verifier_sim/memory/btf_walk.h"

namespace bpfcheck::sim {
namespace {

using A = AttachType;

bool d_path_allowed(const Env& env) {
  const bool more = env.target.has(Feature::d_path_in_more_programs);
  if (more && env.prog.linked.type == ProgType::TRACING && env.prog.attach_is(A::TRACE_ITER)) return true;
  if (more && env.prog.linked.type == ProgType::LSM)
    return lsm_hook_has(env.target, env.prog.attach_func_name, LsmHook::sleepable);
  return env.prog.attach_btf_id && attach_point_is(env.target, env.prog.attach_func_name, AttachPoint::d_path);
}

/// A program that traces the storage of sockets may not use it.
bool sk_storage_tracing_allowed(const Env& env) {
  if (env.prog.attach_btf && !btf_is_kernel(env, env.prog.attach_btf)) return false;
  if (env.prog.attach_is(A::TRACE_ITER) || env.prog.attach_is(A::TRACE_RAW_TP)) return true;
  return (env.prog.attach_is(A::TRACE_FENTRY) || env.prog.attach_is(A::TRACE_FEXIT)) &&
         !env.prog.attach_func_name.starts_with("bpf_sk_storage");
}

}  // namespace

bool helper_allowed_at_attach_point(const Env& env, const HelperProto& fn) {
  switch (fn.id) {
    case func::d_path:
      return d_path_allowed(env);
    case func::sk_storage_get:
    case func::sk_storage_delete:
      return sk_storage_tracing_allowed(env);
    default:
      return lsm_hook_has(env.target, env.prog.attach_func_name,
                          LsmHook::sleepable);  // bpf_ima_inode_hash, bpf_ima_file_hash
  }
}

Stop check_get_func_ip(Env& env) {
  constexpr u32 id = func::get_func_ip;
  if (env.prog.type == ProgType::KPROBE) return go_on;
  if (env.prog.type != ProgType::TRACING)
    return env.reject(Msg::FuncIpNotForType, "bpf_get_func_ip", id, env.prog.type);
  const bool trampoline =
      env.prog.attach_is(A::TRACE_FENTRY) || env.prog.attach_is(A::TRACE_FEXIT) || env.prog.attach_is(A::MODIFY_RETURN);
  return trampoline ? go_on : env.reject(Msg::FuncIpNeedsTrampoline, "bpf_get_func_ip", id);
}

Stop check_set_retval(Env& env) {
  const bool lsm_cgroup = env.prog.type == ProgType::LSM && env.prog.attach_is(A::LSM_CGROUP);
  return lsm_cgroup && !env.prog.attach_btf->type(env.prog.attach_func_proto).type()
             ? env.reject(Msg::SetRetvalVoidHook)
             : go_on;
}

}  // namespace bpfcheck::sim
