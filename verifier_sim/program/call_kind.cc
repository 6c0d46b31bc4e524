// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See call_kind.h.
#include "verifier_sim/program/call_kind.h"

#include <algorithm>
#include <initializer_list>

#include "kernel_db/helper_ids.h"

namespace bpfcheck::sim {
namespace {

using enum SpecialKfunc;

bool is_any(u32 id, std::initializer_list<u32> ids) { return std::ranges::find(ids, id) != ids.end(); }

}  // namespace

bool is_sync_callback_calling_kfunc(SpecialKfunc k) { return k == bpf_rbtree_add_impl; }

bool is_async_callback_calling_kfunc(SpecialKfunc k) {
  return k == bpf_wq_set_callback_impl || k == bpf_task_work_schedule_signal_impl ||
         k == bpf_task_work_schedule_resume_impl;
}

bool bpf_helper_changes_pkt_data(u32 id) {
  return is_any(id, {func::clone_redirect,       func::l3_csum_replace, func::l4_csum_replace,
                     func::lwt_push_encap,       func::lwt_seg6_action, func::lwt_seg6_adjust_srh,
                     func::lwt_seg6_store_bytes, func::msg_pop_data,    func::msg_pull_data,
                     func::msg_push_data,        func::skb_adjust_room, func::skb_change_head,
                     func::skb_change_proto,     func::skb_change_tail, func::skb_pull_data,
                     func::skb_store_bytes,      func::skb_vlan_pop,    func::skb_vlan_push,
                     func::store_hdr_opt,        func::xdp_adjust_head, func::xdp_adjust_meta,
                     func::xdp_adjust_tail,      func::tail_call});
}

bool is_sync_callback_calling_insn(const Program& prog, const Insn* i) {
  if (is_sync_callback_calling_kfunc(special_kfunc_of(prog, i))) return true;
  if (i->code != (bpf::JMP | bpf::CALL) || i->src != 0) return false;
  return is_any(static_cast<u32>(i->imm),
                {func::for_each_map_elem, func::find_vma, func::loop, func::user_ringbuf_drain});
}

bool is_async_callback_calling_insn(const Program& prog, const Insn* i) {
  if (is_async_callback_calling_kfunc(special_kfunc_of(prog, i))) return true;
  return i->code == (bpf::JMP | bpf::CALL) && i->src == 0 && static_cast<u32>(i->imm) == func::timer_set_callback;
}

}  // namespace bpfcheck::sim
