// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which helper goes with which map type (check_map_func_compatibility: kernel/bpf/verifier.c, 6.18).
#include <algorithm>
#include <initializer_list>

#include "verifier_sim/calls/helper.h"

namespace bpfcheck::sim {
namespace {

using F = std::initializer_list<u32>;
using T = std::initializer_list<MapType>;
using enum MapType;

bool in(F list, u32 id) { return std::ranges::find(list, id) != list.end(); }
bool in(T list, MapType t) { return std::ranges::find(list, t) != list.end(); }
bool in(std::initializer_list<ProgType> list, ProgType t) { return std::ranges::find(list, t) != list.end(); }

bool may_update_sockmap(Env& env, u32 id) {
  if (id == func::map_delete_elem && !env.target.has(Feature::sockmap_deletes_checked)) return true;
  if (id != func::map_update_elem && id != func::map_delete_elem) return false;
  using enum ProgType;
  const bool packets = in({SOCKET_FILTER, SCHED_CLS, SCHED_ACT, XDP, FLOW_DISSECTOR}, env.prog.type) &&
                       !env.target.has(Feature::sockmap_updates_narrowed);
  const bool may =
      packets || in({SK_REUSEPORT, SK_LOOKUP}, env.prog.type) ||
      (env.prog.type == TRACING && env.prog.expected_attach_type == static_cast<u32>(AttachType::TRACE_ITER)) ||
      (env.prog.type == SOCK_OPS && id == func::map_delete_elem);
  if (!may) env.notes.note(Msg::SockmapUpdate);
  return may;
}

bool map_takes(Env& env, MapType t, u32 id) {
  switch (t) {
    case PROG_ARRAY:
      return id == func::tail_call;
    case PERF_EVENT_ARRAY:
      return in(F{func::perf_event_read, func::perf_event_output, func::skb_output, func::perf_event_read_value,
                  func::xdp_output},
                id);
    case RINGBUF:
      return in(F{func::ringbuf_output, func::ringbuf_reserve, func::ringbuf_query, func::ringbuf_reserve_dynptr,
                  func::ringbuf_submit_dynptr, func::ringbuf_discard_dynptr},
                id);
    case USER_RINGBUF:
      return id == func::user_ringbuf_drain;
    case STACK_TRACE:
      return id == func::get_stackid;
    case CGROUP_ARRAY:
      return in(F{func::skb_under_cgroup, func::current_task_under_cgroup}, id);
    case CGROUP_STORAGE:
    case PERCPU_CGROUP_STORAGE:
      return id == func::get_local_storage;
    case DEVMAP:
    case DEVMAP_HASH:
    case XSKMAP:
      return in(F{func::redirect_map, func::map_lookup_elem}, id);
    case CPUMAP:
      return id == func::redirect_map;
    case ARRAY_OF_MAPS:
    case HASH_OF_MAPS:
      return id == func::map_lookup_elem;
    case SOCKMAP:
      return in(F{func::sk_redirect_map, func::sock_map_update, func::msg_redirect_map, func::sk_select_reuseport,
                  func::map_lookup_elem},
                id) ||
             may_update_sockmap(env, id);
    case SOCKHASH:
      return in(F{func::sk_redirect_hash, func::sock_hash_update, func::msg_redirect_hash, func::sk_select_reuseport,
                  func::map_lookup_elem},
                id) ||
             may_update_sockmap(env, id);
    case REUSEPORT_SOCKARRAY:
      return id == func::sk_select_reuseport;
    case QUEUE:
    case STACK:
      return in(F{func::map_peek_elem, func::map_pop_elem, func::map_push_elem}, id);
    case SK_STORAGE:
      return in(F{func::sk_storage_get, func::sk_storage_delete, func::kptr_xchg}, id);
    case INODE_STORAGE:
      return in(F{func::inode_storage_get, func::inode_storage_delete, func::kptr_xchg}, id);
    case TASK_STORAGE:
      return in(F{func::task_storage_get, func::task_storage_delete, func::kptr_xchg}, id);
    case CGRP_STORAGE:
      return in(F{func::cgrp_storage_get, func::cgrp_storage_delete, func::kptr_xchg}, id);
    case BLOOM_FILTER:
      return in(F{func::map_peek_elem, func::map_push_elem}, id);
    default:
      return true;
  }
}

bool helper_takes(u32 id, MapType t) {
  switch (id) {
    case func::tail_call:
      return t == PROG_ARRAY;
    case func::perf_event_read:
    case func::perf_event_output:
    case func::perf_event_read_value:
    case func::skb_output:
    case func::xdp_output:
      return t == PERF_EVENT_ARRAY;
    case func::ringbuf_output:
    case func::ringbuf_reserve:
    case func::ringbuf_query:
    case func::ringbuf_reserve_dynptr:
    case func::ringbuf_submit_dynptr:
    case func::ringbuf_discard_dynptr:
      return t == RINGBUF;
    case func::user_ringbuf_drain:
      return t == USER_RINGBUF;
    case func::get_stackid:
      return t == STACK_TRACE;
    case func::current_task_under_cgroup:
    case func::skb_under_cgroup:
      return t == CGROUP_ARRAY;
    case func::redirect_map:
      return in(T{DEVMAP, DEVMAP_HASH, CPUMAP, XSKMAP}, t);
    case func::sk_redirect_map:
    case func::msg_redirect_map:
    case func::sock_map_update:
      return t == SOCKMAP;
    case func::sk_redirect_hash:
    case func::msg_redirect_hash:
    case func::sock_hash_update:
      return t == SOCKHASH;
    case func::get_local_storage:
      return t == CGROUP_STORAGE || t == PERCPU_CGROUP_STORAGE;
    case func::sk_select_reuseport:
      return in(T{REUSEPORT_SOCKARRAY, SOCKMAP, SOCKHASH}, t);
    case func::map_pop_elem:
      return t == QUEUE || t == STACK;
    case func::map_peek_elem:
    case func::map_push_elem:
      return in(T{QUEUE, STACK, BLOOM_FILTER}, t);
    case func::map_lookup_percpu_elem:
      return in(T{PERCPU_ARRAY, PERCPU_HASH, LRU_PERCPU_HASH}, t);
    case func::sk_storage_get:
    case func::sk_storage_delete:
      return t == SK_STORAGE;
    case func::inode_storage_get:
    case func::inode_storage_delete:
      return t == INODE_STORAGE;
    case func::task_storage_get:
    case func::task_storage_delete:
      return t == TASK_STORAGE;
    case func::cgrp_storage_get:
    case func::cgrp_storage_delete:
      return t == CGRP_STORAGE;
    default:
      return true;
  }
}

}  // namespace

Stop check_map_func_compatibility(Env& env, const Map* map, u32 id) {
  if (!map) return go_on;
  const MapType t = map->def->type;
  if (!map_takes(env, t, id) || !helper_takes(id, t))
    return env.reject(Msg::MapHelperMismatch, static_cast<u32>(t), "bpf_" + std::string(helper_name(id)), id);
  return go_on;
}

}  // namespace bpfcheck::sim
