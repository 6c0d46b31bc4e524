// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ctx_args.h.
#include "loader/load/ctx_args.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "loader/load/btf_edit.h"
#include "loader/load/object_btf.h"
#include "loader/syscall/btf_load.h"
#include "loader/syscall/prog_load.h"

namespace bpfcheck::loader {
namespace {

using btf::Kind;
using btf::Type;

constexpr std::string_view tag = "arg:ctx";
constexpr u32 param_type = 4;  // word of a FUNC_PROTO: type of its first parameter

/// The structure that a program of this type knows its context by; "" where it has no name.
std::string_view context_name(ProgType type) {
  switch (type) {
    using enum ProgType;
    case CGROUP_DEVICE:
      return "bpf_cgroup_dev_ctx";
    case CGROUP_SOCK:
      return "bpf_sock";
    case CGROUP_SOCK_ADDR:
      return "bpf_sock_addr";
    case CGROUP_SOCKOPT:
      return "bpf_sockopt";
    case CGROUP_SYSCTL:
      return "bpf_sysctl";
    case KPROBE:
      return "bpf_user_pt_regs_t";
    case NETFILTER:
      return "bpf_nf_ctx";
    case PERF_EVENT:
      return "bpf_perf_event_data";
    case RAW_TRACEPOINT:
    case RAW_TRACEPOINT_WRITABLE:
      return "bpf_raw_tracepoint_args";
    case SK_LOOKUP:
      return "bpf_sk_lookup";
    case SK_MSG:
      return "sk_msg_md";
    case SK_REUSEPORT:
      return "sk_reuseport_md";
    case SOCK_OPS:
      return "bpf_sock_ops";
    case XDP:
      return "xdp_md";
    case CGROUP_SKB:
    case FLOW_DISSECTOR:
    case LWT_IN:
    case LWT_OUT:
    case LWT_SEG6LOCAL:
    case LWT_XMIT:
    case SCHED_ACT:
    case SCHED_CLS:
    case SK_SKB:
    case SOCKET_FILTER:
      return "__sk_buff";
    default:
      return "";
  }
}

std::string_view registers_name(Arch arch) {
  return arch == Arch::arm64 ? "user_pt_regs" : arch == Arch::s390x ? "user_regs_struct" : "pt_regs";
}

/// need_func_arg_type_fixup: what stands for a context without being called like it.
bool needs_type(const btf::Btf& btf, u32 arg, ProgType type, Arch arch) {
  const Type ptr = btf.type(btf.skip_mods_and_typedefs(arg));
  if (!ptr.is(Kind::Ptr)) return false;
  const u32 to = btf.skip_mods_and_typedefs(ptr.type());
  if (!to) return true;
  const Type t = btf.type(to);
  const bool is_struct = t.is(Kind::Struct);
  if (is_struct && t.name() == context_name(type)) return false;
  switch (type) {
    case ProgType::KPROBE:
      return is_struct && t.name() == "pt_regs";
    case ProgType::PERF_EVENT:
      return is_struct && t.name() == registers_name(arch);
    case ProgType::RAW_TRACEPOINT:
    case ProgType::RAW_TRACEPOINT_WRITABLE:
      return t.is(Kind::Int) && t.size() == 8;
    default:
      return false;
  }
}

class Typer {
 public:
  Typer(const btf::Btf& original, const btf::Btf& sent, ProgType type)
      : original_(original), type_(type), edit_(sent) {}

  void give_type(u32 func, u32 arg) {
    auto [it, fresh] = clones_.try_emplace(func);
    if (fresh) it->second = clone(func);
    if (!context_) {
      const u32 of = edit_.add_type({edit_.add_string(context_name(type_)), static_cast<u32>(Kind::Struct) << 24, 0});
      context_ = edit_.add_type({0, static_cast<u32>(Kind::Ptr) << 24, of});
    }
    edit_.add_type({edit_.add_string(tag), static_cast<u32>(Kind::DeclTag) << 24, it->second, arg});
    edit_.set_word(edit_.word(it->second, 2), param_type + 2 * arg, context_);
  }

  CtxArgs result(std::span<const FuncInfo> funcs) const {
    CtxArgs out{edit_.raw(), {funcs.begin(), funcs.end()}};
    for (const auto& [func, clone] : clones_)
      std::ranges::find(out.func_info, func, &FuncInfo::type_id)->type_id = clone;
    return out;
  }

 private:
  /// A function of the same name with a prototype of its own.
  u32 clone(u32 func) {
    const Type f = original_.type(func), proto = original_.type(f.type());
    std::vector<u32> words;
    for (u32 i = 0; i < 3 + 2 * proto.vlen(); i++) words.push_back(edit_.word(proto.id(), i));
    const u32 own = edit_.add_type(words);
    return edit_.add_type(
        {edit_.word(func, 0), (static_cast<u32>(Kind::Func) << 24) | static_cast<u32>(f.linkage()), own});
  }

  const btf::Btf& original_;
  ProgType type_;
  BtfEdit edit_;
  std::map<u32, u32> clones_;  ///< by the function's id
  u32 context_ = 0;            ///< id of the pointer
};

}  // namespace

std::optional<CtxArgs> type_ctx_args(const Object& object, ProgType type, Arch arch, std::span<const FuncInfo> funcs) {
  if (!object.btf || context_name(type).empty()) return std::nullopt;
  const btf::Btf& btf = *object.btf;
  std::vector<std::pair<u32, u32>> found;  // functions and arguments
  for (u32 id = 1; id < btf.type_count(); id++) {
    const Type t = btf.type(id);
    if (!t.is(Kind::DeclTag) || t.name() != tag) continue;
    const Type func = btf.type(t.type());
    if (!func.is(Kind::Func) || func.linkage() != btf::Linkage::Global ||
        std::ranges::find(funcs, func.id(), &FuncInfo::type_id) == funcs.end())
      continue;
    const Type proto = btf.type(func.type());
    const auto arg = static_cast<u32>(t.component_idx());
    if (proto.is(Kind::FuncProto) && arg < proto.vlen() && needs_type(btf, proto.param(arg).type, type, arch))
      found.emplace_back(func.id(), arg);
  }
  if (found.empty()) return std::nullopt;
  auto raw = btf_for_kernel(object);
  if (!raw) return std::nullopt;
  auto sent = btf::Btf::parse(Blob::own(std::move(*raw)), {.validate = false});
  if (!sent) return std::nullopt;
  Typer typer(btf, **sent, type);
  for (const auto& [func, arg] : found) typer.give_type(func, arg);
  return typer.result(funcs);
}

bool kernel_knows_ctx_tag() {
  // int a(void *a) calls int b(void *b arg:ctx), which calls a helper that wants the context.
  constexpr std::string_view strings("\0a\0b\0arg:ctx\0", 13);
  constexpr u32 PTR = 2u << 24, FUNC_PROTO = 13u << 24, FUNC = 12u << 24, DECL_TAG = 17u << 24, INT = 1u << 24;
  constexpr u32 types[] = {1,        INT, 4, 0x01000020,     0, PTR, 0, 0, FUNC_PROTO | 1, 1, 1, 2,        1,
                           FUNC | 1, 3,   0, FUNC_PROTO | 1, 1, 3,   2, 3, FUNC | 1,       5, 5, DECL_TAG, 6,
                           0};
  constexpr u32 header[] = {0x0001eb9f, 24, 0, sizeof types, sizeof types, static_cast<u32>(strings.size())};
  std::vector<u8> raw(sizeof header + sizeof types + strings.size());
  std::memcpy(raw.data(), header, sizeof header);
  std::memcpy(raw.data() + sizeof header, types, sizeof types);
  std::memcpy(raw.data() + sizeof header + sizeof types, strings.data(), strings.size());
  const sys::BtfAnswer btf = sys::btf_load(raw);
  if (!btf.fd) return false;
  constexpr s32 get_func_ip = 173;
  const Insns insns = {{.code = bpf::JMP | bpf::CALL, .src = bpf::PSEUDO_CALL, .imm = 1},
                       {.code = bpf::JMP | bpf::EXIT},
                       {.code = bpf::JMP | bpf::CALL, .imm = get_func_ip},
                       {.code = bpf::JMP | bpf::EXIT}};
  const FuncInfo funcs[] = {{0, 4}, {2, 6}};
  sys::ProgLoad q;
  q.name = "det_arg_ctx";
  q.type = ProgType::KPROBE;
  q.license = "GPL";
  q.insns = insns;
  q.btf_fd = btf.fd.get();
  q.func_info = funcs;
  return sys::prog_load(q).accepted();
}

}  // namespace bpfcheck::loader
