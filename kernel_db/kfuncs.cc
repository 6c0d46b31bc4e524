// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kfuncs.h.
#include "kernel_db/kfuncs.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <unordered_map>
#include <vector>

namespace bpfcheck {
namespace {

/// Where sets are registered (enum btf_kfunc_hook). Several program types share a hook.
enum class Hook : u8 {
  common,
  xdp,
  tc,
  struct_ops,
  tracing,
  syscall,
  cgroup,
  sched_act,
  sk_skb,
  socket_filter,
  lwt,
  netfilter,
  kprobe,
  none
};

Hook hook_of(ProgType type) {  // bpf_prog_type_to_kfunc_hook
  using enum ProgType;
  switch (type) {
    case UNSPEC:
      return Hook::common;
    case XDP:
      return Hook::xdp;
    case SCHED_CLS:
      return Hook::tc;
    case STRUCT_OPS:
      return Hook::struct_ops;
    case TRACING:
    case TRACEPOINT:
    case PERF_EVENT:
    case LSM:
      return Hook::tracing;
    case SYSCALL:
      return Hook::syscall;
    case CGROUP_SKB:
    case CGROUP_SOCK:
    case CGROUP_DEVICE:
    case CGROUP_SOCK_ADDR:
    case CGROUP_SOCKOPT:
    case CGROUP_SYSCTL:
    case SOCK_OPS:
      return Hook::cgroup;
    case SCHED_ACT:
      return Hook::sched_act;
    case SK_SKB:
      return Hook::sk_skb;
    case SOCKET_FILTER:
      return Hook::socket_filter;
    case LWT_OUT:
    case LWT_IN:
    case LWT_XMIT:
    case LWT_SEG6LOCAL:
      return Hook::lwt;
    case NETFILTER:
      return Hook::netfilter;
    case KPROBE:
      return Hook::kprobe;
    default:
      return Hook::none;
  }
}

bool one_of(std::string_view name, std::initializer_list<std::string_view> list) {
  return std::ranges::find(list, name) != list.end();
}
bool attaches_to(const HelperContext& c, AttachType a) { return c.expected_attach_type == static_cast<u32>(a); }

// Filters: a set may refuse a program that its hook would admit. True lets the call through.

bool none(const HelperContext&, std::string_view) { return true; }
bool bpf_fs_kfuncs_filter(const HelperContext& c, std::string_view) { return c.type == ProgType::LSM; }
bool bpf_get_fsverity_digest_filter(const HelperContext& c, std::string_view) { return c.type == ProgType::LSM; }
bool bpf_kprobe_multi_filter(const HelperContext& c, std::string_view) {
  return attaches_to(c, AttachType::TRACE_KPROBE_SESSION) || attaches_to(c, AttachType::TRACE_UPROBE_SESSION);
}
bool tracing_iter_filter(const HelperContext& c, std::string_view) { return attaches_to(c, AttachType::TRACE_ITER); }
bool bpf_qdisc_kfunc_filter(const HelperContext& c, std::string_view kfunc) {
  if (c.struct_ops != "Qdisc_ops") return false;
  if (one_of(kfunc, {"bpf_skb_get_hash", "bpf_kfree_skb", "bpf_dynptr_from_skb"})) return true;
  if (c.struct_ops_member == "enqueue") return one_of(kfunc, {"bpf_qdisc_skb_drop", "bpf_qdisc_watchdog_schedule"});
  if (c.struct_ops_member == "dequeue")
    return one_of(kfunc, {"bpf_qdisc_watchdog_schedule", "bpf_qdisc_bstats_update"});
  return false;
}

}  // namespace

struct KfuncSet {
  std::string_view name;
  bool (*filter)(const HelperContext&, std::string_view kfunc);
  std::vector<ProgType> types;
};

namespace {

const std::vector<KfuncSet>& sets() {
  using enum ProgType;
  static const std::vector<KfuncSet> table = {
#define BRACED(...) {__VA_ARGS__}
#define KFUNC_SET(name, filter, types) {#name, filter, BRACED types},
#define KFUNC(name, set, flags)
#include "kernel_db/kfuncs.def"
#undef KFUNC
#undef KFUNC_SET
#undef BRACED
  };
  return table;
}

}  // namespace

struct KfuncRow {
  const KfuncSet* set;
  u32 flags;
};

namespace {

using KfuncTable = std::unordered_map<std::string_view, std::vector<KfuncRow>>;

const KfuncTable& kfunc_rows() {
  static const KfuncTable table = [] {
    std::unordered_map<std::string_view, const KfuncSet*> by_name;
    for (const KfuncSet& s : sets()) by_name[s.name] = &s;
    KfuncTable t;
#define KFUNC_SET(name, filter, types)
#define KFUNC(name, set, flags) t[#name].push_back({by_name.at(#set), flags});
#include "kernel_db/kfuncs.def"
#undef KFUNC
#undef KFUNC_SET
    return t;
  }();
  return table;
}

const KfuncRow* registered_at(const std::vector<KfuncRow>& rows, Hook hook, const HelperContext& ctx,
                              std::string_view name) {
  for (const KfuncRow& r : rows)
    for (ProgType t : r.set->types)
      if (hook_of(t) == hook && r.set->filter(ctx, name)) return &r;
  return nullptr;
}

constexpr std::string_view kfunc_tag = "bpf_kfunc";

bool has_kfunc_tags(const btf::Btf& btf) {
  return std::ranges::any_of(btf.find_all(kfunc_tag), [&](u32 id) { return btf.type(id).is(btf::Kind::DeclTag); });
}

}  // namespace

KfuncEntry kfunc_entry(const btf::Btf& btf, u32 func_id) {
  KfuncEntry entry{.name = btf.type(func_id).name()};
  const bool tagged = btf.has_decl_tag(func_id, -1, kfunc_tag);
  if (!tagged && has_kfunc_tags(btf)) return entry;
  auto it = kfunc_rows().find(entry.name);
  if (it != kfunc_rows().end()) entry.rows = &it->second;
  entry.unknown = tagged && !entry.rows;
  return entry;
}

std::optional<u32> kfunc_flags(const KfuncEntry& kfunc, const HelperContext& ctx) {
  if (!kfunc.rows) return std::nullopt;
  for (Hook hook : {Hook::common, hook_of(ctx.type)})
    if (const KfuncRow* r = registered_at(*kfunc.rows, hook, ctx, kfunc.name)) return r->flags;
  return std::nullopt;
}

}  // namespace bpfcheck
