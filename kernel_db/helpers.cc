// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See helpers.h: the prototypes of helpers.def and the sets of availability.def.
#include "kernel_db/helpers.h"

#include "kernel_db/kernel_facts.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kernel_db/availability.h"
#include "kernel_db/lsm_hooks.h"

namespace bpfcheck {
namespace {

enum HelperId : u32 {
#define HELPER(name, number) id_##name = number,
#include "kernel_db/helper_ids.def"
#undef HELPER
};
constexpr std::string_view names[] = {
    "",
#define HELPER(name, number) #name,
#include "kernel_db/helper_ids.def"
#undef HELPER
};

enum ProtoFlag : u32 { gpl_only = 1, pkt_access = 2, might_sleep = 4, allow_fastcall = 8, allowed = 16 };

HelperProto make_proto(std::string_view symbol, u32 id, u32 flags, u32 ret, std::string_view ret_btf,
                       std::initializer_list<u32> args, std::initializer_list<u32> sizes,
                       std::initializer_list<std::string_view> btfs) {
  HelperProto p;
  p.id = id;
  p.symbol = symbol;
  p.gpl_only = flags & gpl_only;
  p.pkt_access = flags & pkt_access;
  p.might_sleep = flags & might_sleep;
  p.allow_fastcall = flags & allow_fastcall;
  p.has_allowed_check = flags & allowed;
  p.ret = ret;
  p.ret_btf = ret_btf;
  std::ranges::copy(args, p.arg.begin());
  std::ranges::copy(sizes, p.arg_size.begin());
  std::ranges::copy(btfs, p.arg_btf.begin());
  return p;
}

const std::vector<HelperProto>& protos() {
  static const std::vector<HelperProto> table = [] {
    std::vector<HelperProto> t;
#define BRACED(...) {__VA_ARGS__}
#define PROTO(symbol, helper, flags, ret, ret_btf, args, sizes, btfs) \
  t.push_back(make_proto(#symbol, id_##helper, flags, ret, ret_btf, BRACED args, BRACED sizes, BRACED btfs));
#include "kernel_db/helpers.def"
#undef PROTO
    return t;
  }();
  return table;
}

struct OlderProto {
  Feature feature;
  HelperProto proto;
};

/// Prototypes as they were before a change, by the kernel's variable.
const std::unordered_map<std::string_view, OlderProto>& older_protos() {
  static const std::unordered_map<std::string_view, OlderProto> table = [] {
    std::unordered_map<std::string_view, OlderProto> t;
    auto add = [&](std::string_view symbol, Feature feature, size_t number, u32 type) {
      const auto now = std::ranges::find(protos(), symbol, &HelperProto::symbol);
      if (now != protos().end()) t.try_emplace(symbol, feature, *now).first->second.proto.arg[number - 1] = type;
    };
#define OLDER_ARG(symbol, feature, number, type) add(#symbol, Feature::feature, number, type);
#include "kernel_db/older_args.def"
#undef OLDER_ARG
    return t;
  }();
  return table;
}

enum class Set : u8 {
  none,
  base,
  base_bpf,
  base_perfmon,
  sk_base,
  cgroup_common,
  socket_filter,
  sched,
  xdp,
  cgroup_skb,
  cgroup_sock,
  cgroup_sock_addr,
  cgroup_device,
  cgroup_sysctl,
  cgroup_sockopt,
  lwt_out,
  lwt_in,
  lwt_xmit,
  lwt_seg6local,
  sock_ops,
  sk_msg,
  sk_skb,
  flow_dissector,
  sk_reuseport,
  sk_lookup,
  tracing_base,
  tracing_admin,
  kprobe,
  tracepoint,
  perf_event,
  raw_tracepoint,
  tracing,
  lsm,
  lirc,
  syscall,
  tcp_ca,
  iter_tcp,
  iter_unix,
  count,
};

enum class Condition : u8 {
  always,
  perfmon,
  trampoline,
  lsm_locked_sockopt,
  lsm_unlocked_sockopt,
  attach_setsockopt,
  sock_addr_sockopt,
  not_tcp_ca_release,
  cgroup_retval,
  recursion_checked,
  sleepable,
  kprobe_multi,
  uprobe_multi,
  iterator,
  tracing_raw_tp,
  attach_inet_connect,
  may_read_kernel,
  may_write_user,
  kprobe_override,
};

struct Row {
  u32 helper;
  const HelperProto* proto;
  Condition condition;
};

const std::array<std::vector<Row>, static_cast<size_t>(Set::count)>& rows() {
  static const auto table = [] {
    std::unordered_map<std::string_view, const HelperProto*> by_symbol;
    for (const HelperProto& p : protos()) by_symbol[p.symbol] = &p;
    std::array<std::vector<Row>, static_cast<size_t>(Set::count)> t;
    auto add = [&](Set set, u32 helper, std::string_view symbol, Condition c) {
      auto it = by_symbol.find(symbol);
      t[static_cast<size_t>(set)].push_back({helper, it == by_symbol.end() ? nullptr : it->second, c});
    };
#define AVAILABLE(set, helper, symbol, condition) add(Set::set, id_##helper, symbol, Condition::condition);
#include "kernel_db/availability.def"
#undef AVAILABLE
    return t;
  }();
  return table;
}

using A = AttachType;
bool attach_is(const HelperContext& c, std::initializer_list<A> list) {
  return std::ranges::any_of(list, [&](A a) { return static_cast<u32>(a) == c.expected_attach_type; });
}

bool has_trampoline(const HelperContext& c) {
  return attach_is(c, {A::TRACE_FENTRY, A::TRACE_FEXIT, A::MODIFY_RETURN}) ||
         (c.type == ProgType::LSM && attach_is(c, {A::LSM_MAC}));
}

bool holds(Condition cond, const Target& t, const HelperContext& c) {
  switch (cond) {
    case Condition::always:
      return true;
    case Condition::may_read_kernel:
      return !t.facts || t.facts->lockdown < Lockdown::confidentiality;
    case Condition::may_write_user:
      return !t.facts || t.facts->lockdown < Lockdown::integrity;
    case Condition::kprobe_override:
      return t.has_func("bpf_override_return") || !t.has_func("bpf_probe_write_user");  // BTF lists helpers, or none
    case Condition::perfmon:
      return t.caps.has_perfmon();
    case Condition::trampoline:
      return has_trampoline(c);
    case Condition::lsm_locked_sockopt:
      return attach_is(c, {A::LSM_CGROUP}) && lsm_hook_has(c.attach_func, LsmHook::locked_sockopt);
    case Condition::lsm_unlocked_sockopt:
      return attach_is(c, {A::LSM_CGROUP}) && lsm_hook_has(c.attach_func, LsmHook::unlocked_sockopt);
    case Condition::attach_setsockopt:
      return attach_is(c, {A::CGROUP_SETSOCKOPT});
    case Condition::attach_inet_connect:
      return attach_is(c, {A::CGROUP_INET4_CONNECT, A::CGROUP_INET6_CONNECT});
    case Condition::sock_addr_sockopt:
      return attach_is(
          c, {A::CGROUP_INET4_BIND, A::CGROUP_INET6_BIND, A::CGROUP_INET4_CONNECT, A::CGROUP_INET6_CONNECT,
              A::CGROUP_UNIX_CONNECT, A::CGROUP_UDP4_RECVMSG, A::CGROUP_UDP6_RECVMSG, A::CGROUP_UNIX_RECVMSG,
              A::CGROUP_UDP4_SENDMSG, A::CGROUP_UDP6_SENDMSG, A::CGROUP_UNIX_SENDMSG, A::CGROUP_INET4_GETPEERNAME,
              A::CGROUP_INET6_GETPEERNAME, A::CGROUP_UNIX_GETPEERNAME, A::CGROUP_INET4_GETSOCKNAME,
              A::CGROUP_INET6_GETSOCKNAME, A::CGROUP_UNIX_GETSOCKNAME});
    case Condition::not_tcp_ca_release:
      return c.struct_ops_member != "release";
    case Condition::cgroup_retval:
      return !attach_is(c, {A::CGROUP_INET_INGRESS, A::CGROUP_INET_EGRESS, A::CGROUP_SOCK_OPS, A::CGROUP_UDP4_RECVMSG,
                            A::CGROUP_UDP6_RECVMSG, A::CGROUP_UNIX_RECVMSG, A::CGROUP_INET4_GETPEERNAME,
                            A::CGROUP_INET6_GETPEERNAME, A::CGROUP_UNIX_GETPEERNAME, A::CGROUP_INET4_GETSOCKNAME,
                            A::CGROUP_INET6_GETSOCKNAME, A::CGROUP_UNIX_GETSOCKNAME});
    case Condition::recursion_checked:  // bpf_prog_check_recur
      if (c.type == ProgType::TRACING) return !attach_is(c, {A::TRACE_ITER});
      return c.type != ProgType::STRUCT_OPS && c.type != ProgType::LSM && c.type != ProgType::SYSCALL;
    case Condition::sleepable:
      return c.sleepable;
    case Condition::kprobe_multi:
      return attach_is(c, {A::TRACE_KPROBE_MULTI, A::TRACE_KPROBE_SESSION});
    case Condition::uprobe_multi:
      return attach_is(c, {A::TRACE_UPROBE_MULTI, A::TRACE_UPROBE_SESSION});
    case Condition::iterator:
      return attach_is(c, {A::TRACE_ITER});
    case Condition::tracing_raw_tp:
      return c.type == ProgType::TRACING && attach_is(c, {A::TRACE_RAW_TP});
  }
  return false;
}

/// The function behind a prototype; "" for the tail call, which has none.
std::string func_of(std::string_view symbol) {
  static constexpr std::pair<std::string_view, std::string_view> other[] = {
#define HELPER_FUNC(proto, function) {#proto, #function},
#include "kernel_db/helper_funcs.def"
#undef HELPER_FUNC
  };
  for (auto [proto, function] : other)
    if (proto == symbol) return std::string(function);
  constexpr std::string_view suffix = "_proto";
  std::string name(symbol);
  if (auto at = name.find(suffix); at != std::string::npos) name.erase(at, suffix.size());
  return name;
}

/// Whether the target was built with this prototype: its BTF has the function. Older tools listed only functions that
/// can be traced; then nothing is told by a function's absence.
bool is_built_in(const Target& target, const HelperProto* proto) {
  constexpr std::string_view never_traced = "bpf_spin_lock";
  if (!target.btf) return true;
  static thread_local std::weak_ptr<const btf::Btf> known;  // asked for every call that is simulated
  static thread_local std::vector<bool> absent;             // by place in protos()
  if (known.lock() != target.btf) {
    known = target.btf;
    absent.assign(protos().size(), false);
    if (target.has_func(never_traced))
      for (size_t i = 0; i < protos().size(); i++) {
        const std::string func = func_of(protos()[i].symbol);
        absent[i] = !func.empty() && !target.has_func(func);
      }
  }
  return !absent[static_cast<size_t>(proto - protos().data())];
}

struct Answer {
  bool decided;
  const HelperProto* proto;
};

Answer ask(Set set, const Target& t, const HelperContext& c, u32 id) {
  for (const Row& r : rows()[static_cast<size_t>(set)])
    if (r.helper == id && holds(r.condition, t, c) && (!r.proto || is_built_in(t, r.proto))) return {true, r.proto};
  return {false, nullptr};
}

Set own_set(const HelperContext& c) {
  using enum ProgType;
  switch (c.type) {
    case SOCKET_FILTER:
      return Set::socket_filter;
    case SCHED_CLS:
    case SCHED_ACT:
      return Set::sched;
    case XDP:
      return Set::xdp;
    case CGROUP_SKB:
      return Set::cgroup_skb;
    case CGROUP_SOCK:
      return Set::cgroup_sock;
    case CGROUP_SOCK_ADDR:
      return Set::cgroup_sock_addr;
    case CGROUP_DEVICE:
      return Set::cgroup_device;
    case CGROUP_SYSCTL:
      return Set::cgroup_sysctl;
    case CGROUP_SOCKOPT:
      return Set::cgroup_sockopt;
    case LWT_IN:
      return Set::lwt_in;
    case LWT_OUT:
      return Set::lwt_out;
    case LWT_XMIT:
      return Set::lwt_xmit;
    case LWT_SEG6LOCAL:
      return Set::lwt_seg6local;
    case SOCK_OPS:
      return Set::sock_ops;
    case SK_MSG:
      return Set::sk_msg;
    case SK_SKB:
      return Set::sk_skb;
    case FLOW_DISSECTOR:
      return Set::flow_dissector;
    case SK_REUSEPORT:
      return Set::sk_reuseport;
    case SK_LOOKUP:
      return Set::sk_lookup;
    case KPROBE:
      return Set::kprobe;
    case TRACEPOINT:
      return Set::tracepoint;
    case PERF_EVENT:
      return Set::perf_event;
    case RAW_TRACEPOINT:
    case RAW_TRACEPOINT_WRITABLE:
      return Set::raw_tracepoint;
    case TRACING:
      return Set::tracing;
    case LSM:
      return Set::lsm;
    case LIRC_MODE2:
      return Set::lirc;
    case SYSCALL:
      return Set::syscall;
    case STRUCT_OPS:
      if (c.struct_ops == "bpf_dummy_ops") return Set::none;
      return c.struct_ops == "tcp_congestion_ops" ? Set::tcp_ca : Set::base;
    case NETFILTER:
      return Set::base;
    default:
      return Set::none;
  }
}

/// The set that a set falls back to; base stands for its three tiers by capability.
Set fallback(Set s) {
  switch (s) {
    case Set::socket_filter:
    case Set::sched:
    case Set::xdp:
    case Set::cgroup_sock_addr:
    case Set::sock_ops:
    case Set::sk_msg:
    case Set::sk_skb:
    case Set::flow_dissector:
    case Set::lwt_out:
    case Set::sk_lookup:
      return Set::sk_base;
    case Set::cgroup_skb:
      return Set::socket_filter;
    case Set::lwt_in:
    case Set::lwt_xmit:
    case Set::lwt_seg6local:
      return Set::lwt_out;
    case Set::sk_base:
    case Set::cgroup_sock:
    case Set::cgroup_device:
    case Set::cgroup_sysctl:
    case Set::cgroup_sockopt:
    case Set::sk_reuseport:
    case Set::tcp_ca:
    case Set::tracing_base:
      return Set::base;
    case Set::kprobe:
    case Set::tracepoint:
    case Set::perf_event:
    case Set::raw_tracepoint:
      return Set::tracing_base;
    case Set::lsm:
    case Set::syscall:
      return Set::tracing;
    case Set::tracing:
      return Set::raw_tracepoint;
    default:
      return Set::none;
  }
}

bool asks_cgroup_common(Set s, const HelperContext& c) {
  switch (s) {
    case Set::cgroup_skb:
    case Set::cgroup_sock:
    case Set::cgroup_sock_addr:
    case Set::cgroup_device:
    case Set::cgroup_sysctl:
    case Set::cgroup_sockopt:
    case Set::sock_ops:
      return true;
    case Set::lsm:
      return attach_is(c, {A::LSM_CGROUP});
    default:
      return false;
  }
}

const HelperProto* base_proto(const Target& t, const HelperContext& c, u32 id) {
  if (auto a = ask(Set::base, t, c, id); a.decided) return a.proto;
  if (!t.caps.has_bpf()) return nullptr;
  if (auto a = ask(Set::base_bpf, t, c, id); a.decided) return a.proto;
  if (!t.caps.has_perfmon()) return nullptr;
  return ask(Set::base_perfmon, t, c, id).proto;
}

const HelperProto* find_proto(const Target& t, const HelperContext& c, u32 id) {
  Set own = own_set(c);
  if (own == Set::none) return nullptr;
  if (asks_cgroup_common(own, c))
    if (auto a = ask(Set::cgroup_common, t, c, id); a.proto) return a.proto;
  bool tracing = false;
  for (Set s = own; s != Set::none; s = fallback(s)) {
    tracing |= s == Set::tracing_base;
    if (s == Set::base) {
      if (const HelperProto* p = base_proto(t, c, id)) return p;
      break;
    }
    if (auto a = ask(s, t, c, id); a.decided) return a.proto;
  }
  if (tracing && t.caps.sys_admin)
    if (auto a = ask(Set::tracing_admin, t, c, id); a.decided) return a.proto;
  // Iterators over sockets may have more (bpf_iter_get_func_proto).
  if (c.type == ProgType::TRACING && attach_is(c, {A::TRACE_ITER})) {
    if (c.attach_func == "bpf_iter_tcp" || c.attach_func == "bpf_iter_udp") return ask(Set::iter_tcp, t, c, id).proto;
    if (c.attach_func == "bpf_iter_unix") return ask(Set::iter_unix, t, c, id).proto;
  }
  return nullptr;
}

struct Witness {
  ProgType type;
  std::string_view func;
};
/// Functions that are there exactly where a program type is built in.
constexpr Witness prog_witness[] = {
    {ProgType::KPROBE, "kprobe_prog_is_valid_access"},
    {ProgType::TRACEPOINT, "tp_prog_is_valid_access"},
    {ProgType::PERF_EVENT, "pe_prog_is_valid_access"},
    {ProgType::RAW_TRACEPOINT, "raw_tp_prog_is_valid_access"},
    {ProgType::RAW_TRACEPOINT_WRITABLE, "raw_tp_writable_prog_is_valid_access"},
    {ProgType::TRACING, "tracing_prog_is_valid_access"},
    {ProgType::LSM, "bpf_lsm_func_proto"},
    {ProgType::LIRC_MODE2, "lirc_mode2_is_valid_access"},
    {ProgType::NETFILTER, "nf_is_valid_access"},
};

}  // namespace

std::string_view helper_name(u32 id) { return id < std::size(names) ? names[id] : ""; }
u32 helper_count() { return std::size(names); }

u32 helper_count_of(const Target& target) {
  if (!target.btf) return helper_count();
  static thread_local std::weak_ptr<const btf::Btf> counted;  // asked for every call that is simulated
  static thread_local u32 count = 0;
  if (counted.lock() != target.btf) {
    counted = target.btf;
    count = static_cast<u32>(target.btf->enum_value("bpf_func_id", "__BPF_FUNC_MAX_ID").value_or(helper_count()));
  }
  return count;
}

const HelperProto* helper_proto(const Target& target, const HelperContext& ctx, u32 id) {
  if (id == 0 || id >= helper_count() || id >= helper_count_of(target)) return nullptr;
  const HelperProto* proto = find_proto(target, ctx, id);
  if (!proto || (target.has(Feature::d_path_writes) && target.has(Feature::helper_memory_flags))) return proto;
  const auto older = older_protos().find(proto->symbol);
  return older == older_protos().end() || target.has(older->second.feature) ? proto : &older->second.proto;
}

bool prog_type_supported(const Target& target, ProgType type) {
  if (!target.btf) return true;
  if (auto max = target.btf->enum_value("bpf_prog_type", "__MAX_BPF_PROG_TYPE"); max && static_cast<s64>(type) >= *max)
    return false;
  // BTF of older kernels lists no such functions at all: then nothing is told by their absence.
  if (std::ranges::none_of(prog_witness, [&](const Witness& w) { return target.has_func(w.func); })) return true;
  for (const Witness& w : prog_witness)
    if (w.type == type) return target.has_func(w.func);
  return true;
}

bool map_type_supported(const Target& target, MapType type) {
  if (!target.btf) return true;
  auto max = target.btf->enum_value("bpf_map_type", "__MAX_BPF_MAP_TYPE");
  return !max || static_cast<s64>(type) < *max;
}

bool needs_net_admin(ProgType type) {
  using enum ProgType;
  switch (type) {
    case SCHED_CLS:
    case SCHED_ACT:
    case XDP:
    case LWT_IN:
    case LWT_OUT:
    case LWT_XMIT:
    case LWT_SEG6LOCAL:
    case SK_SKB:
    case SK_MSG:
    case FLOW_DISSECTOR:
    case CGROUP_DEVICE:
    case CGROUP_SOCK:
    case CGROUP_SOCK_ADDR:
    case CGROUP_SOCKOPT:
    case CGROUP_SYSCTL:
    case SOCK_OPS:
    case EXT:
    case NETFILTER:
      return true;
    default:
      return false;
  }
}

bool needs_perfmon(ProgType type) {
  using enum ProgType;
  switch (type) {
    case KPROBE:
    case TRACEPOINT:
    case PERF_EVENT:
    case RAW_TRACEPOINT:
    case RAW_TRACEPOINT_WRITABLE:
    case TRACING:
    case LSM:
    case STRUCT_OPS:
    case EXT:
      return true;
    default:
      return false;
  }
}

}  // namespace bpfcheck
