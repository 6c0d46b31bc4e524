// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See helpers.h: the prototypes of helpers.def and the sets of availability.def.
#include "kernel_db/helpers.h"

#include "kernel_db/blend.h"
#include "kernel_db/kernel_facts.h"

#include <algorithm>
#include <vector>

#include "kernel_db/helper_ids.h"
#include "kernel_db/helper_protos.h"
#include "kernel_db/helper_sets.h"
#include "kernel_db/lsm_hooks.h"
#include "kernel_db/when.h"

namespace bpfcheck {
namespace helper_sets {

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
  attach_sock_create,
  may_read_kernel,
  may_write_user,
  kprobe_override,
};

}  // namespace helper_sets

namespace {

using helper_sets::asks_cgroup_common, helper_sets::asks_cgroup_current;
using helper_sets::Condition, helper_sets::Set, helper_sets::own_set, helper_sets::fallback;

constexpr std::string_view names[] = {
    "",
#define HELPER(name, number, ...) #name,
#include "kernel_db/helper_ids.def"
#undef HELPER
};
consteval bool numbers_are_places() {
  u32 place = 0;
  return true
#define HELPER(name, number, ...) &&++place == number
#include "kernel_db/helper_ids.def"
#undef HELPER
      ;
}
static_assert(numbers_are_places(), "a helper's number is its place in helper_ids.def");

struct Row {
  Set set;
  u32 helper;
  ProtoId proto;
  Condition condition;
  When when;
};

constexpr Row rows[] = {
#define AVAILABLE(set, helper, proto, condition, ...) \
  {Set::set, func::helper, ProtoId::proto, Condition::condition, When{__VA_ARGS__}},
#include "kernel_db/availability.def"
#undef AVAILABLE
};
consteval bool rows_name_their_helper() {
  return std::ranges::all_of(rows, [](const Row& r) {
    return r.proto == ProtoId::refused || proto_helpers[static_cast<size_t>(r.proto)] == r.helper;
  });
}
static_assert(rows_name_their_helper(), "a row of availability.def gives a helper the prototype of another");
consteval bool every_proto_is_given() {
  bool given[static_cast<size_t>(ProtoId::count)] = {};
  for (const Row& r : rows)
    if (r.proto != ProtoId::refused) given[static_cast<size_t>(r.proto)] = true;
  return std::ranges::all_of(given, [](bool g) { return g; });
}
static_assert(every_proto_is_given(), "a prototype of helpers.def is in no row of availability.def");

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
      return !t.btf || t.has_func("bpf_override_return");  // where no BTF lists helpers, nothing shows it
    case Condition::perfmon:
      return t.caps.has_perfmon();
    case Condition::trampoline:
      return has_trampoline(c);
    case Condition::lsm_locked_sockopt:
      return attach_is(c, {A::LSM_CGROUP}) && lsm_hook_has(t, c.attach_func, LsmHook::locked_sockopt);
    case Condition::lsm_unlocked_sockopt:
      return attach_is(c, {A::LSM_CGROUP}) && lsm_hook_has(t, c.attach_func, LsmHook::unlocked_sockopt);
    case Condition::attach_setsockopt:
      return attach_is(c, {A::CGROUP_SETSOCKOPT});
    case Condition::attach_inet_connect:
      return attach_is(c, {A::CGROUP_INET4_CONNECT, A::CGROUP_INET6_CONNECT});
    case Condition::attach_sock_create:
      return attach_is(c, {A::CGROUP_INET_SOCK_CREATE});
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

}  // namespace

/// The rows that hold on one target, by set, and its prototypes.
struct HelperTable {
  struct Entry {
    u32 helper;
    const HelperProto* proto;  ///< null: refused
    helper_sets::Condition condition;
  };
  u32 count;
  std::vector<HelperProto> protos;
  std::array<std::vector<Entry>, static_cast<size_t>(helper_sets::Set::count)> sets;
  std::vector<std::shared_ptr<const HelperTable>> lenders;  ///< of a blended one: whose prototypes it has
};

namespace {

struct Answer {
  bool decided;
  const HelperProto* proto;
};

Answer ask(Set set, const Target& t, const HelperContext& c, u32 id) {
  for (const HelperTable::Entry& e : t.helpers->sets[static_cast<size_t>(set)])
    if (e.helper == id && holds(e.condition, t, c)) return {true, e.proto};
  return {false, nullptr};
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
  if (asks_cgroup_current(own))
    if (auto a = ask(Set::cgroup_current, t, c, id); a.proto) return a.proto;
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

}  // namespace

std::string_view helper_name(u32 id) { return id < std::size(names) ? names[id] : ""; }
u32 helper_count() { return std::size(names); }

u32 helper_count_of(const Target& target) { return target.helpers->count; }

std::shared_ptr<const HelperTable> helper_table_of(const Target& target) {
  auto table = std::make_shared<HelperTable>();
  table->count = helper_count();
  if (target.btf)
    if (auto max = target.btf->enum_value("bpf_func_id", "__BPF_FUNC_MAX_ID")) table->count = static_cast<u32>(*max);
  table->protos = helper_protos_of(target);
  const std::vector<bool> built_in = helper_protos_built_in(target);
  for (const Row& r : rows) {
    const auto proto = static_cast<size_t>(r.proto);
    if (r.helper >= table->count || !r.when.holds(target)) continue;
    if (r.proto != ProtoId::refused && !built_in[proto]) continue;
    table->sets[static_cast<size_t>(r.set)].push_back(
        {r.helper, r.proto == ProtoId::refused ? nullptr : &table->protos[proto], r.condition});
  }
  return table;
}

std::shared_ptr<const HelperTable> blended_helpers(const Target& base, const Target& other,
                                                   std::span<const u32> helpers) {
  auto table = std::make_shared<HelperTable>();
  table->lenders = {base.helpers, other.helpers};
  table->count = base.helpers->count;
  auto lent = [&](u32 id) { return std::ranges::find(helpers, id) != helpers.end(); };
  for (u32 id : helpers)
    if (id < other.helpers->count) table->count = std::max(table->count, id + 1);
  for (size_t s = 0; s < table->sets.size(); s++) {
    for (const HelperTable::Entry& e : base.helpers->sets[s])
      if (!lent(e.helper)) table->sets[s].push_back(e);
    for (const HelperTable::Entry& e : other.helpers->sets[s])
      if (lent(e.helper)) table->sets[s].push_back(e);
  }
  return table;
}

const HelperProto* helper_proto(const Target& target, const HelperContext& ctx, u32 id) {
  return id && id < target.helpers->count ? find_proto(target, ctx, id) : nullptr;
}

}  // namespace bpfcheck
