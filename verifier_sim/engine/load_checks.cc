// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See load_checks.h.
#include "verifier_sim/engine/load_checks.h"

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include "kernel_db/availability.h"
#include "kernel_db/kernel_facts.h"
#include "verifier_sim/env.h"

namespace bpfcheck::sim {
namespace {

using A = AttachType;

constexpr u32 max_insns_unprivileged = 4096;

/// bpf_prog_load_fixup_attach_type
void default_attach_type(const Target& target, ProgType type, u32& attach) {
  if (type == ProgType::CGROUP_SOCK && attach == 0) attach = static_cast<u32>(A::CGROUP_INET_SOCK_CREATE);
  if (type == ProgType::SK_REUSEPORT && attach == 0 && target.offers.has(A::SK_REUSEPORT_SELECT))
    attach = static_cast<u32>(A::SK_REUSEPORT_SELECT);
}

/// bpf_prog_load_check_attach, 5.10 to 7.3: some program types go by their attach type, others by any.
bool attach_type_fits(const Target& target, ProgType type, u32 attach) {
  using enum ProgType;
  auto one_of = [&](std::initializer_list<A> list) {
    return std::ranges::any_of(list, [&](A a) { return static_cast<u32>(a) == attach && target.offers.has(a); });
  };
  switch (type) {
    case CGROUP_SOCK:
      return one_of({A::CGROUP_INET_SOCK_CREATE, A::CGROUP_INET_SOCK_RELEASE, A::CGROUP_INET4_POST_BIND,
                     A::CGROUP_INET6_POST_BIND});
    case CGROUP_SOCK_ADDR:
      return one_of({A::CGROUP_INET4_BIND, A::CGROUP_INET6_BIND, A::CGROUP_INET4_CONNECT, A::CGROUP_INET6_CONNECT,
                     A::CGROUP_UNIX_CONNECT, A::CGROUP_INET4_GETPEERNAME, A::CGROUP_INET6_GETPEERNAME,
                     A::CGROUP_UNIX_GETPEERNAME, A::CGROUP_INET4_GETSOCKNAME, A::CGROUP_INET6_GETSOCKNAME,
                     A::CGROUP_UNIX_GETSOCKNAME, A::CGROUP_UDP4_SENDMSG, A::CGROUP_UDP6_SENDMSG, A::CGROUP_UNIX_SENDMSG,
                     A::CGROUP_UDP4_RECVMSG, A::CGROUP_UDP6_RECVMSG, A::CGROUP_UNIX_RECVMSG});
    case CGROUP_SKB:
      return one_of({A::CGROUP_INET_INGRESS, A::CGROUP_INET_EGRESS});
    case CGROUP_SOCKOPT:
      return one_of({A::CGROUP_SETSOCKOPT, A::CGROUP_GETSOCKOPT});
    case SK_LOOKUP:
      return one_of({A::SK_LOOKUP});
    case SK_REUSEPORT:
      return !target.offers.has(A::SK_REUSEPORT_SELECT) ||
             one_of({A::SK_REUSEPORT_SELECT, A::SK_REUSEPORT_SELECT_OR_MIGRATE});
    case NETFILTER:
      return one_of({A::NETFILTER});
    case SYSCALL:
    case EXT:
      return attach == 0;
    default:
      return true;
  }
}

}  // namespace

Stop check_load(const loader::LinkedProgram& prog, const Target& target, u32& attach) {
  const Capabilities& caps = target.caps;
  const bool bpf_cap = caps.has_bpf();
  if (prog.flags & ~target.offers.prog_flags) return Stop::refused(EINVAL);
  default_attach_type(target, prog.type, attach);
  if (target.facts)
    if (int err = target.facts->refusal(prog.type, attach)) return Stop::refused(err);
  if (prog.insns.empty() || prog.insns.size() > (bpf_cap ? COMPLEXITY_LIMIT_INSNS : max_insns_unprivileged))
    return Stop::refused(E2BIG);
  if (prog.type != ProgType::SOCKET_FILTER && prog.type != ProgType::CGROUP_SKB && !bpf_cap)
    return Stop::refused(EPERM);
  if (needs_net_admin(prog.type) && !caps.has_net_admin()) return Stop::refused(EPERM);
  if (needs_perfmon(prog.type) && !caps.has_perfmon()) return Stop::refused(EPERM);
  if (prog.attach_btf_id && prog.type != ProgType::TRACING && prog.type != ProgType::LSM &&
      prog.type != ProgType::STRUCT_OPS && prog.type != ProgType::EXT)
    return Stop::refused(EINVAL);
  if (!attach_type_fits(target, prog.type, attach)) return Stop::refused(EINVAL);
  if (!prog_type_supported(target, prog.type)) return Stop::refused(EINVAL);
  return go_on;
}

}  // namespace bpfcheck::sim
