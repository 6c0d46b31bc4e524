// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ctx.h. Offsets are those of the uapi structures, which are fixed.
#include "verifier_sim/memory/ctx.h"

#include <algorithm>

#include "verifier_sim/memory/btf_ctx.h"

namespace bpfcheck::sim {
namespace {

namespace skb {  // struct __sk_buff
constexpr int mark = 8, queue_mapping = 12, priority = 32, tc_index = 44, cb = 48, cb_end = 68, tc_classid = 72, data = 76, data_end = 80,
              family = 88, remote_ip4 = 92, local_ip4 = 96, remote_ip6 = 100, local_ip6 = 116, local_port = 136, data_meta = 140, flow_keys = 144,
              tstamp = 152, wire_len = 160, sk = 168, tstamp_type = 180, hwtstamp = 184, size = 192;
}
namespace xdp {  // struct xdp_md
constexpr int data = 0, data_end = 4, data_meta = 8, egress_ifindex = 20, size = 24;
}

enum class Answer : u8 { No, Yes, Unsupported };
constexpr Answer answer(bool b) { return b ? Answer::Yes : Answer::No; }

bool within(int off, int from, int to) { return off >= from && off < to; }
bool narrow_ok(int size, int full) { return size <= full && (size & (size - 1)) == 0; }

struct Question {
  const Env& env;
  int off, size;
  bool write;
  CtxAccess* info;
  bool attach_is(AttachType a) const { return env.expected_attach_type == static_cast<u32>(a); }
};

/// bpf_skb_is_valid_access: what holds for every program type that has a __sk_buff.
Answer skb_field(const Question& q) {
  const int off = q.off, size = q.size;
  if (off < 0 || off >= skb::size || off % size) return Answer::No;
  if (within(off, skb::cb, skb::cb_end)) {
    if (off + size > skb::cb_end) return Answer::No;
  } else if (within(off, skb::data, skb::data_end + 4) || within(off, skb::data_meta, skb::data_meta + 4)) {
    return answer(!q.info->is_ldsx && size == 4);
  } else if (within(off, skb::remote_ip4, skb::local_ip6 + 16)) {
    if (size != 4) return Answer::No;
  } else if (within(off, skb::flow_keys, skb::flow_keys + 8)) {
    return Answer::No;
  } else if (within(off, skb::tstamp, skb::tstamp + 8)) {
    return answer(size == 8);
  } else if (within(off, skb::sk, skb::sk + 8)) {
    if (q.write || size != 8) return Answer::No;
    q.info->reg_type = PTR_TO_SOCK_COMMON | PTR_MAYBE_NULL;
    return Answer::Yes;
  } else if (within(off, skb::hwtstamp, skb::hwtstamp + 8)) {
    return answer(!q.write && size == 8);
  } else if (off >= skb::tstamp_type && off < skb::hwtstamp) {
    if (off == skb::tstamp_type) return Answer::No;
  }
  if (q.write) return answer(size == 4 || within(off, skb::cb, skb::cb_end));
  q.info->ctx_field_size = 4;
  return answer(narrow_ok(size, within(off, skb::cb, skb::cb_end) ? 8 : 4));
}

void packet_pointer(const Question& q, int data, int data_meta, int data_end) {
  if (q.off == data) q.info->reg_type = PTR_TO_PACKET;
  if (q.off == data_meta) q.info->reg_type = PTR_TO_PACKET_META;
  if (q.off == data_end) q.info->reg_type = PTR_TO_PACKET_END;
}

bool field(int off, int at, int size = 4) { return within(off, at, at + size); }

Answer socket_filter(const Question& q) {
  const int o = q.off;
  if (field(o, skb::tc_classid) || field(o, skb::data) || field(o, skb::data_meta) || field(o, skb::data_end) ||
      within(o, skb::family, skb::local_port + 4) || field(o, skb::tstamp, 8) || field(o, skb::wire_len) || field(o, skb::hwtstamp, 8))
    return Answer::No;
  if (q.write && !within(o, skb::cb, skb::cb_end)) return Answer::No;
  return skb_field(q);
}

Answer cgroup_skb(const Question& q) {
  const int o = q.off;
  if (field(o, skb::tc_classid) || field(o, skb::data_meta) || field(o, skb::wire_len)) return Answer::No;
  if ((field(o, skb::data) || field(o, skb::data_end)) && !q.env.bpf_capable) return Answer::No;
  if (q.write) {
    const bool ok = field(o, skb::mark) || field(o, skb::priority) || within(o, skb::cb, skb::cb_end) || (field(o, skb::tstamp, 8) && q.env.bpf_capable);
    if (!ok) return Answer::No;
  }
  packet_pointer(q, skb::data, -1, skb::data_end);
  return skb_field(q);
}

Answer sched(const Question& q) {
  const int o = q.off;
  if (q.write && !field(o, skb::mark) && !field(o, skb::tc_index) && !field(o, skb::priority) && !field(o, skb::tc_classid) &&
      !within(o, skb::cb, skb::cb_end) && !field(o, skb::tstamp, 8) && !field(o, skb::queue_mapping))
    return Answer::No;
  packet_pointer(q, skb::data, skb::data_meta, skb::data_end);
  if (within(o, skb::family, skb::local_port + 4)) return Answer::No;
  if (o == skb::tstamp_type) return answer(q.size == 1);
  return skb_field(q);
}

Answer xdp_program(const Question& q) {
  if (!q.attach_is(AttachType::XDP_DEVMAP) && field(q.off, xdp::egress_ifindex)) return Answer::No;
  if (q.write) return Answer::No;
  if (q.off == xdp::data || q.off == xdp::data_meta || q.off == xdp::data_end) {
    if (q.info->is_ldsx) return Answer::No;
    packet_pointer(q, xdp::data, xdp::data_meta, xdp::data_end);
  }
  return answer(q.off >= 0 && q.off < xdp::size && q.off % q.size == 0 && q.size == 4);
}

Answer kprobe(const Question& q) {
  int regs = q.env.target.arch == Arch::x86_64 ? 168 : q.env.target.arch == Arch::arm64 ? 272 : 0;
  if (!regs) return Answer::Unsupported;
  return answer(q.off >= 0 && q.off < regs && q.off % q.size == 0 && q.off + q.size <= regs);
}

Answer tracepoint(const Question& q) {
  constexpr int largest = 8192;
  return answer(q.off >= 8 && q.off < largest && !q.write && q.off % q.size == 0);
}

Answer raw_tracepoint(const Question& q) { return answer(q.off >= 0 && q.off < 96 && !q.write && q.off % q.size == 0); }

Answer raw_tracepoint_writable(const Question& q) {
  if (q.off == 0) {
    if (q.size != 8 || q.write) return Answer::No;
    q.info->reg_type = PTR_TO_TP_BUFFER;
  }
  return raw_tracepoint(q);
}

Answer perf_event(const Question& q) {
  if (q.env.target.arch != Arch::x86_64) return Answer::Unsupported;
  constexpr int regs = 168, end = 184;  // pt_regs, then sample_period and addr
  if (q.off < 0 || q.off >= end || q.write || q.off % q.size) return Answer::No;
  if (q.off < regs) return answer(q.size == 8);
  q.info->ctx_field_size = 8;
  return answer(narrow_ok(q.size, 8));
}

Answer syscall(const Question& q) { return answer(q.off >= 0 && q.off < 0xffff && q.off % q.size == 0); }

Answer ask(const Question& q) {
  using enum ProgType;
  switch (q.env.type) {
    case SOCKET_FILTER: return socket_filter(q);
    case CGROUP_SKB: return cgroup_skb(q);
    case SCHED_CLS: case SCHED_ACT: return sched(q);
    case XDP: return xdp_program(q);
    case KPROBE: return kprobe(q);
    case TRACEPOINT: return tracepoint(q);
    case RAW_TRACEPOINT: return raw_tracepoint(q);
    case RAW_TRACEPOINT_WRITABLE: return raw_tracepoint_writable(q);
    case PERF_EVENT: return perf_event(q);
    case SYSCALL: return syscall(q);
    default: return Answer::Unsupported;
  }
}

bool holds_reference(const State& st, u32 id) {
  return std::ranges::any_of(st.refs, [&](const Reference& r) { return r.type == RefType::Ptr && r.id == id; });
}

int check_btf_ctx_access(Env& env, u32 insn_idx, int off, int size, AccessType t, CtxAccess* info) {
  if (!btf_ctx_is_valid_access(env, off, size, t, info)) return env.reject(Msg::InvalidCtxAccess, off, size);
  if (base_type(info->reg_type) != PTR_TO_BTF_ID) env.aux[insn_idx].ctx_field_size = info->ctx_field_size;
  else if (info->ref_obj_id && !holds_reference(*env.cur_state, info->ref_obj_id)) return env.reject(Msg::CtxReferenceReleased, off);
  env.max_ctx_offset = std::max(env.max_ctx_offset, static_cast<u32>(off + size));
  return 0;
}

}  // namespace

int check_ctx_access(Env& env, u32 insn_idx, int off, int size, AccessType t, CtxAccess* info) {
  if (has_btf_ctx(env)) return check_btf_ctx_access(env, insn_idx, off, size, t, info);
  switch (ask({env, off, size, t == AccessType::Write, info})) {
    case Answer::Yes:
      env.aux[insn_idx].ctx_field_size = info->ctx_field_size;
      env.max_ctx_offset = std::max(env.max_ctx_offset, static_cast<u32>(off + size));
      return 0;
    case Answer::No: return env.reject(Msg::InvalidCtxAccess, off, size);
    case Answer::Unsupported: break;
  }
  return env.unsupported(std::string("context of ") + prog_type_name(env.type) + " programs");
}

bool ctx_is_converted(const Env& env) {
  using enum ProgType;
  switch (env.type) {
    case KPROBE: case TRACEPOINT: case RAW_TRACEPOINT: case RAW_TRACEPOINT_WRITABLE: case TRACING: case LSM: case SYSCALL: case STRUCT_OPS: return false;
    default: return true;
  }
}

}  // namespace bpfcheck::sim
