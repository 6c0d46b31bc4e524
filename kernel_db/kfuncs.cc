// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kfuncs.h.
#include "kernel_db/kfuncs.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <unordered_map>
#include <vector>

#include "kernel_db/when.h"

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

/// bpf_prog_type_to_kfunc_hook, 5.15 to 7.3.
Hook hook_of(const Target& t, ProgType type) {
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
    case LSM:
      return t.has(Feature::kfuncs_registered) ? Hook::tracing : Hook::none;
    case TRACEPOINT:
    case PERF_EVENT:
      return t.has(Feature::kfuncs_in_tracepoints) ? Hook::tracing : Hook::none;
    case RAW_TRACEPOINT:
      return t.has(Feature::kfuncs_in_raw_tracepoints) ? Hook::tracing : Hook::none;
    case SYSCALL:
      return Hook::syscall;
    case CGROUP_SKB:
    case CGROUP_SOCK_ADDR:
      return Hook::cgroup;
    case CGROUP_SOCK:
    case CGROUP_DEVICE:
    case CGROUP_SOCKOPT:
    case CGROUP_SYSCTL:
    case SOCK_OPS:
      return t.has(Feature::kfuncs_in_tracepoints) ? Hook::cgroup : Hook::none;
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

bool bpf_get_file_xattr_filter(const HelperContext& c, std::string_view) { return c.type == ProgType::LSM; }
bool bpf_session_filter(const HelperContext& c, std::string_view) {
  return attaches_to(c, AttachType::TRACE_KPROBE_SESSION) || attaches_to(c, AttachType::TRACE_UPROBE_SESSION);
}
bool bpf_ksock_kfunc_filter(const HelperContext& c, std::string_view) {
  return c.type == ProgType::SYSCALL || (c.type == ProgType::LSM && c.attach_func != "bpf_lsm_socket_sendmsg");
}
bool bm_bpf_kfunc_filter(const HelperContext& c, std::string_view) {
  return c.struct_ops == "binfmt_misc_ops" && c.struct_ops_member == "load";
}

// scx_kfunc_context_filter (kernel/sched/ext/ext.c, 7.2), one function a set: which of a scheduler's operations may
// call it.

bool scx_in(const HelperContext& c, std::initializer_list<std::string_view> operations) {
  return c.struct_ops == "sched_ext_ops" && one_of(c.struct_ops_member, operations);
}
bool scx_any(const HelperContext& c, std::string_view) {
  return c.type != ProgType::STRUCT_OPS || c.struct_ops == "sched_ext_ops";
}
bool scx_unlocked(const HelperContext& c, std::string_view) {
  return c.type == ProgType::SYSCALL ||
         scx_in(c, {"init_task", "dump", "cgroup_init", "cgroup_exit", "cgroup_prep_move", "cgroup_cancel_move",
                    "cgroup_set_weight", "cgroup_set_bandwidth", "cgroup_set_idle", "sub_attach", "sub_detach",
                    "cpu_online", "cpu_offline", "init", "exit"});
}
bool scx_init(const HelperContext& c, std::string_view) { return scx_in(c, {"init"}); }
bool scx_cpu_release(const HelperContext& c, std::string_view) { return scx_in(c, {"cpu_release"}); }
bool scx_dispatch(const HelperContext& c, std::string_view) { return scx_in(c, {"dispatch"}); }
bool scx_enqueue(const HelperContext& c, std::string_view) { return scx_in(c, {"select_cpu", "enqueue", "dispatch"}); }
bool scx_select_cpu(const HelperContext& c, std::string_view) {
  return c.type == ProgType::SYSCALL || scx_in(c, {"select_cpu", "enqueue"});
}

}  // namespace

/// The program types that a set is registered for.
struct ProgTypes {
  std::array<ProgType, 12> at{};
  size_t count = 0;
  consteval ProgTypes(std::initializer_list<ProgType> types) : count(types.size()) {
    std::ranges::copy(types, at.begin());
  }
};

struct KfuncSet {
  std::string_view name;
  bool (*filter)(const HelperContext&, std::string_view kfunc);
  ProgTypes types;
  When when;
};

struct KfuncRow {
  const KfuncSet* set;
  u32 flags;
};

namespace {

using enum ProgType;
constexpr KfuncSet sets[] = {
#define BRACED(...) {__VA_ARGS__}
#define KFUNC_SET(name, filter, types, ...) {#name, filter, ProgTypes(BRACED types), When{__VA_ARGS__}},
#define KFUNC(name, set, flags, ...)
#include "kernel_db/kfuncs.def"
#undef KFUNC
#undef KFUNC_SET
#undef BRACED
};

struct NamedRow {
  std::string_view name, set;
  u32 flags;
  When when;
};
constexpr NamedRow named_rows[] = {
#define KFUNC_SET(name, filter, types, ...)
#define KFUNC(name, set, flags, ...) {#name, #set, flags, When{__VA_ARGS__}},
#include "kernel_db/kfuncs.def"
#undef KFUNC
#undef KFUNC_SET
};
consteval bool rows_name_sets() {
  return std::ranges::all_of(named_rows, [](const NamedRow& r) {
    return std::ranges::any_of(sets, [&](const KfuncSet& s) { return s.name == r.set; });
  });
}
static_assert(rows_name_sets(), "a row of kfuncs.def stands in a set that is none");

/// Kernel functions that the verifier treats by themselves in a way that is not modelled.
constexpr std::string_view unmodelled[] = {
#define UNMODELLED_KFUNC(name) #name,
#include "kernel_db/unmodelled_kfuncs.def"
#undef UNMODELLED_KFUNC
};

constexpr std::string_view kfunc_tag = "bpf_kfunc";

/// Whether the tools that made this BTF mark kernel functions at all. Marks stand near its end.
bool marks_kfuncs(const btf::Btf& btf) {
  for (u32 id = btf.type_count(); id-- > 1;)
    if (const btf::Type t = btf.type(id); t.is(btf::Kind::DeclTag) && t.name() == kfunc_tag) return true;
  return false;
}

const KfuncRow* registered_at(const std::vector<KfuncRow>& rows, Hook hook, const Target& target,
                              const HelperContext& ctx, std::string_view name) {
  for (const KfuncRow& r : rows)
    for (ProgType t : std::span(r.set->types.at).first(r.set->types.count))
      if (hook_of(target, t) == hook && r.set->filter(ctx, name)) return &r;
  return nullptr;
}

}  // namespace

/// The rows that hold on one target, by function.
struct RegisteredKfuncs {
  bool marked = false;  ///< the target's BTF marks what it registers
  std::unordered_map<std::string_view, std::vector<KfuncRow>> rows;
};

std::shared_ptr<const RegisteredKfuncs> registered_kfuncs_of(const Target& target) {
  auto table = std::make_shared<RegisteredKfuncs>();
  table->marked = target.btf && marks_kfuncs(*target.btf);
  for (const NamedRow& r : named_rows) {
    if (!r.when.holds(target)) continue;
    for (const KfuncSet& s : sets)
      if (s.name == r.set && s.when.holds(target)) table->rows[r.name].push_back({&s, r.flags});
  }
  return table;
}

KfuncEntry kfunc_entry(const Target& target, const btf::Btf& btf, u32 func_id) {
  KfuncEntry entry{.name = btf.type(func_id).name()};
  const bool tagged = btf.has_decl_tag(func_id, -1, kfunc_tag);
  if (!tagged && target.kfuncs->marked) return entry;
  auto it = target.kfuncs->rows.find(entry.name);
  if (it != target.kfuncs->rows.end()) entry.rows = &it->second;
  entry.unknown = (tagged && !entry.rows) || std::ranges::find(unmodelled, entry.name) != std::end(unmodelled);
  return entry;
}

std::optional<u32> kfunc_flags(const Target& target, const KfuncEntry& kfunc, const HelperContext& ctx) {
  if (!kfunc.rows) return std::nullopt;
  const Hook own = hook_of(target, ctx.type);
  for (Hook hook : {Hook::common, own}) {
    if (hook == Hook::none) continue;
    const KfuncRow* r = registered_at(*kfunc.rows, hook, target, ctx, kfunc.name);
    if (!r) continue;
    if ((r->flags & KF_PERFMON) && !target.caps.has_perfmon()) return std::nullopt;
    return r->flags | (target.has(Feature::trusted_kfunc_args) ? u32{KF_TRUSTED_ARGS} : 0);
  }
  return std::nullopt;
}

}  // namespace bpfcheck
