// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See return_code.h.
#include "verifier_sim/calls/return_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/program/retval_range.h"
#include "verifier_sim/search/backtrack.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/transfer/reg_access.h"

namespace bpfcheck::sim {
namespace {

/// struct_ops: the type of the object to which the member returns a pointer; 0 where it returns none.
u32 returned_object(const Env& env) {
  const btf::Btf& btf = *env.prog.attach_btf;
  btf::Type ret = btf.type(btf.skip_mods_and_typedefs(btf.type(env.prog.attach_func_proto).type()));
  return ret.is(btf::Kind::Ptr) ? btf.skip_mods_and_typedefs(ret.type()) : 0;
}

/// What a hook without result returns does not matter, nor is it read.
bool ignores_result(const Env& env) {
  if (env.prog.type == ProgType::LSM)
    return env.prog.expected_attach_type != static_cast<u32>(AttachType::LSM_CGROUP) && returns_void(env.prog);
  return env.prog.type == ProgType::STRUCT_OPS && returns_void(env.prog);
}

/// The range that this program type enforces; nothing where any value will do.
std::optional<RetvalRange> enforced_range(const Env& env, bool exception) {
  using enum ProgType;
  using A = AttachType;
  auto attach = [&](std::initializer_list<A> list) {
    return std::ranges::any_of(list, [&](A a) { return static_cast<u32>(a) == env.prog.expected_attach_type; });
  };
  switch (env.prog.type) {
    case CGROUP_SOCK_ADDR:
      if (attach({A::CGROUP_UDP4_RECVMSG, A::CGROUP_UDP6_RECVMSG, A::CGROUP_UNIX_RECVMSG, A::CGROUP_INET4_GETPEERNAME,
                  A::CGROUP_INET6_GETPEERNAME, A::CGROUP_UNIX_GETPEERNAME, A::CGROUP_INET4_GETSOCKNAME,
                  A::CGROUP_INET6_GETSOCKNAME, A::CGROUP_UNIX_GETSOCKNAME}))
        return RetvalRange{1, 1};
      if (attach({A::CGROUP_INET4_BIND, A::CGROUP_INET6_BIND}) && env.target.has(Feature::bind_flags))
        return RetvalRange{0, 3};
      return RetvalRange{0, 1};
    case CGROUP_SKB:
      return attach({A::CGROUP_INET_EGRESS}) ? RetvalRange{0, 3} : RetvalRange{0, 1};
    case CGROUP_SOCK:
    case SOCK_OPS:
    case CGROUP_DEVICE:
    case CGROUP_SYSCTL:
    case CGROUP_SOCKOPT:
    case SK_LOOKUP:
    case NETFILTER:
      return RetvalRange{0, 1};
    case TRACING:
      if (attach({A::TRACE_FENTRY, A::TRACE_FEXIT})) return RetvalRange{0, 0};
      if (attach({A::TRACE_ITER})) return RetvalRange{0, 1};
      return std::nullopt;
    case LSM: {
      RetvalRange range;
      if (attach({A::LSM_CGROUP})) return returns_void(env.prog) ? RetvalRange{1, 1} : RetvalRange{0, 1};
      if (get_func_retval_range(env.prog, &range)) return range;
      return std::nullopt;
    }
    case STRUCT_OPS:
      if (!exception && returned_object(env)) return RetvalRange{0, 0};
      return std::nullopt;
    case KPROBE:
      for (A session : {A::TRACE_KPROBE_SESSION, A::TRACE_UPROBE_SESSION})
        if (attach({session}) && env.target.offers.has(session)) return RetvalRange{0, 1};
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

bool keeps_to(const Env& env, const Reg& reg, RetvalRange range, bool in_32bit) {
  if (!env.target.has(Feature::result_precise))
    return tnum_in(tnum_range(static_cast<u64>(s64{range.min}), static_cast<u64>(s64{range.max})), reg.var_off());
  const s64 least = in_32bit ? reg.s32_min() : reg.smin(), most = in_32bit ? reg.s32_max() : reg.smax();
  return range.min <= least && most <= range.max;
}

Stop reject_return_range(Env& env, const Reg& reg, RetvalRange range, const char* when, const char* reg_name) {
  std::string known;
  if (reg.smin() > S64_MIN) known += fmt::format(" smin={}", reg.smin());
  if (reg.smax() < S64_MAX) known += fmt::format(" smax={}", reg.smax());
  if (known.empty()) known = " unknown scalar value";
  return env.reject(Msg::ReturnOutOfRange, when, reg_name, known, range.min, range.max, tnum_strn(reg.var_off()),
                    tnum_strn(tnum_range(static_cast<u64>(s64{range.min}), static_cast<u64>(s64{range.max}))));
}

Stop check_return_code(Env& env, u32 regno, const char* reg_name) {
  const Frame& frame = *env.path.cur_state->frame[0];
  const bool is_subprog = frame.subprogno, exception = frame.in_exception_callback_fn,
             async = frame.in_async_callback_fn;
  if (!is_subprog || exception) {
    if (ignores_result(env)) return go_on;
    const Reg& r0 = *env.path.reg_state(regno);
    if (!exception && env.prog.type == ProgType::STRUCT_OPS && r0.ref_obj_id && r0.base() == PTR_TO_BTF_ID &&
        returned_object(env) && btf_types_are_same(r0.u.btf, r0.u.btf_id, env.prog.attach_btf, returned_object(env)))
      return check_ptr_off_reg(env, &r0, regno);
  }
  if (is_subprog && !async && !exception && env.prog.subprogs[frame.subprogno].returns_void) return go_on;
  if (Stop stop = check_reg_arg(env, regno, SRC_OP)) return stop;
  if (is_pointer_value(env, regno)) return env.reject(Msg::LeaksReturnValue, regno);
  const Reg& reg = *env.path.reg_state(regno);
  if (is_subprog && !async && !exception)
    return reg.type != SCALAR_VALUE ? env.reject(Msg::SubprogReturnNotScalar, regno, reg_type_str(reg.type)) : go_on;
  const std::optional<RetvalRange> range = async ? frame.callback_ret_range : enforced_range(env, exception);
  if (!range) return go_on;
  const bool precise = env.target.has(Feature::result_precise);
  const char* when = !async ? "At program exit" : precise ? "At async callback return" : "At async callback";
  if (reg.type != SCALAR_VALUE) return env.reject(Msg::ReturnNotKnown, when, regno, reg_type_str(reg.type));
  if (precise)
    if (Stop stop = mark_chain_precision(env, static_cast<int>(regno))) return stop;
  const Reg& r = *env.path.reg_state(regno);
  if (keeps_to(env, r, *range, !async && is_lsm_mac(env.prog))) return go_on;
  Stop stop = reject_return_range(env, r, *range, when, reg_name);
  const bool lsm_cgroup =
      env.prog.type == ProgType::LSM && env.prog.expected_attach_type == static_cast<u32>(AttachType::LSM_CGROUP);
  if (!is_subprog && lsm_cgroup && returns_void(env.prog)) env.notes.note(Msg::LsmCgroupVoid);
  return stop;
}

}  // namespace bpfcheck::sim
