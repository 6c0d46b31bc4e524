// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See return_code.h.
#include "verifier_sim/engine/return_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "verifier_sim/log/names.h"
#include "verifier_sim/prune/backtrack.h"
#include "verifier_sim/state/marks.h"
#include "verifier_sim/transfer/reg_access.h"

namespace bpfcheck::sim {
namespace {

/// The range that this program type enforces; nothing where any value will do.
std::optional<RetvalRange> enforced_range(const Env& env) {
  using enum ProgType;
  using A = AttachType;
  auto attach = [&](std::initializer_list<A> list) {
    return std::ranges::any_of(list, [&](A a) { return static_cast<u32>(a) == env.expected_attach_type; });
  };
  switch (env.type) {
    case CGROUP_SOCK_ADDR:
      if (attach({A::CGROUP_UDP4_RECVMSG, A::CGROUP_UDP6_RECVMSG, A::CGROUP_UNIX_RECVMSG, A::CGROUP_INET4_GETPEERNAME, A::CGROUP_INET6_GETPEERNAME,
                  A::CGROUP_UNIX_GETPEERNAME, A::CGROUP_INET4_GETSOCKNAME, A::CGROUP_INET6_GETSOCKNAME, A::CGROUP_UNIX_GETSOCKNAME}))
        return RetvalRange{1, 1};
      if (attach({A::CGROUP_INET4_BIND, A::CGROUP_INET6_BIND})) return RetvalRange{0, 3};
      return RetvalRange{0, 1};
    case CGROUP_SKB: return attach({A::CGROUP_INET_EGRESS}) ? RetvalRange{0, 3} : RetvalRange{0, 1};
    case CGROUP_SOCK: case SOCK_OPS: case CGROUP_DEVICE: case CGROUP_SYSCTL: case CGROUP_SOCKOPT: case SK_LOOKUP: case NETFILTER:
      return RetvalRange{0, 1};
    case KPROBE:
      if (attach({A::TRACE_KPROBE_SESSION, A::TRACE_UPROBE_SESSION})) return RetvalRange{0, 1};
      return std::nullopt;
    default: return std::nullopt;
  }
}

}  // namespace

int check_return_code(Env& env, u32 regno, const char* reg_name) {
  const bool is_subprog = env.cur_state->frame[0]->subprogno;
  if (int err = check_reg_arg(env, regno, SRC_OP)) return err;
  if (is_pointer_value(env, regno)) return env.reject(Msg::LeaksReturnValue, regno);
  const Reg& reg = *env.reg_state(regno);
  if (env.cur_state->frame[0]->in_async_callback_fn || env.cur_state->frame[0]->in_exception_callback_fn) return env.unsupported("callbacks");
  if (is_subprog) return reg.type != SCALAR_VALUE ? env.reject(Msg::SubprogReturnNotScalar, regno, reg_type_str(reg.type)) : 0;
  auto range = enforced_range(env);
  if (!range) return 0;
  if (reg.type != SCALAR_VALUE) return env.reject(Msg::ReturnNotKnown, "At program exit", regno, reg_type_str(reg.type));
  if (int err = mark_chain_precision(env, static_cast<int>(regno))) return err;
  const Reg& r = *env.reg_state(regno);
  if (range->min <= r.smin && r.smax <= range->max) return 0;
  std::string known;
  if (r.smin > S64_MIN) known += fmt::format(" smin={}", r.smin);
  if (r.smax < S64_MAX) known += fmt::format(" smax={}", r.smax);
  if (known.empty()) known = " unknown scalar value";
  return env.reject(Msg::ReturnOutOfRange, "At program exit", reg_name, known, range->min, range->max);
}

}  // namespace bpfcheck::sim
