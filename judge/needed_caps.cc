// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See needed_caps.h.
#include "judge/needed_caps.h"

#include "judge/judge.h"
#include "verifier_sim/verify.h"

namespace bpfcheck::judge {
namespace {

/// Fewest first. CAP_SYS_ADMIN stands for all others, and few programs need it itself.
constexpr Capabilities candidates[] = {
    {.bpf = false, .perfmon = false, .net_admin = false, .sys_admin = false},
    {.bpf = true, .perfmon = false, .net_admin = false, .sys_admin = false},
    {.bpf = true, .perfmon = false, .net_admin = true, .sys_admin = false},
    {.bpf = true, .perfmon = true, .net_admin = false, .sys_admin = false},
    {.bpf = true, .perfmon = true, .net_admin = true, .sys_admin = false},
    {.bpf = true, .perfmon = true, .net_admin = true, .sys_admin = true},
};

bool has_all(const Capabilities& have, const Capabilities& want) {
  return (have.sys_admin || !want.sys_admin) && (have.has_bpf() || !want.bpf) &&
         (have.has_perfmon() || !want.perfmon) && (have.has_net_admin() || !want.net_admin);
}

}  // namespace

std::optional<Capabilities> needed_caps(const loader::Object& object, const loader::ObjectProgram& prog,
                                        const Target& target, u32 flags) {
  for (const Capabilities& caps : candidates) {
    if (!has_all(target.caps, caps)) continue;
    Target t = target;
    t.caps = caps;
    auto linked = link(object, prog, t);
    if (!linked) continue;
    linked->flags |= flags;
    if (sim::verify(*linked, t).kind == sim::Verdict::Kind::Accept) return caps;
  }
  return std::nullopt;
}

std::vector<std::string> caps_names(const Capabilities& caps) {
  if (caps.sys_admin) return {"CAP_SYS_ADMIN"};
  std::vector<std::string> names;
  if (caps.bpf) names.push_back("CAP_BPF");
  if (caps.perfmon) names.push_back("CAP_PERFMON");
  if (caps.net_admin) names.push_back("CAP_NET_ADMIN");
  return names;
}

}  // namespace bpfcheck::judge
