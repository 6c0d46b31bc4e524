// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ctx_type.h.
#include "verifier_sim/calls/ctx_arg.h"

#include <cctype>

#include "verifier_sim/memory/ctx_type.h"

namespace bpfcheck::sim {
namespace {

constexpr std::string_view user_pt_regs = "bpf_user_pt_regs_t";

/// find_canonical_prog_ctx_type: id in vmlinux; nothing where its BTF does not list the program types.
std::optional<u32> find_canonical_prog_ctx_type(const Env& env, ProgType type) {
  // The kernel's table ends in a 0, which fell on the type behind the last: on sk_lookup, before there were programs of
  // their own system call.
  if (type == ProgType::SK_LOOKUP && !env.target.offers.has(ProgType::SYSCALL)) type = ProgType::SOCKET_FILTER;
  auto list = env.target.btf ? env.target.btf->find("bpf_ctx_convert", btf::Kind::Struct) : std::nullopt;
  if (!list) return std::nullopt;
  std::string name = "BPF_PROG_TYPE_";
  for (char c : std::string_view(prog_type_name(type)))
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  name += "_prog";
  btf::Type convert = env.target.btf->type(*list);
  for (u32 i = 0; i < convert.vlen(); i++)
    if (btf::Member m = convert.member(i); m.name == name) return m.type;
  return std::nullopt;
}

bool points_to_typedef(const btf::Btf& btf, btf::Type ptr, std::string_view name) {
  btf::Type t = btf.type(btf.skip_mods(ptr.type()));
  return t.is(btf::Kind::Typedef) && t.name() == name;
}

bool is_u64(btf::Type t) { return t.is(btf::Kind::Int) && t.size() == 8; }

std::string_view pt_regs_struct(Arch a) {
  return a == Arch::arm64 ? "user_pt_regs" : a == Arch::s390x ? "user_regs_struct" : "pt_regs";
}

/// What some program types take for their context besides its canonical type.
bool is_customary(const Env& env, btf::Type t) {
  using enum ProgType;
  using A = AttachType;
  const bool is_struct = t.is(btf::Kind::Struct);
  switch (env.prog.type) {
    case KPROBE:
      return is_struct && t.name() == "pt_regs";
    case PERF_EVENT:
      return is_struct && t.name() == pt_regs_struct(env.target.arch);
    case RAW_TRACEPOINT:
    case RAW_TRACEPOINT_WRITABLE:
    case LSM:
    case STRUCT_OPS:
      return is_u64(t);
    case TRACING:
      switch (static_cast<A>(env.prog.expected_attach_type)) {
        case A::TRACE_RAW_TP:
          return (is_struct && t.name() == "bpf_raw_tracepoint_args") || is_u64(t);
        case A::TRACE_ITER:
          return is_struct && t.name().starts_with("bpf_iter__");
        case A::TRACE_FENTRY:
        case A::TRACE_FEXIT:
        case A::MODIFY_RETURN:
          return is_u64(t);
        default:
          return false;
      }
    case TRACEPOINT:
    case SYSCALL:
    case EXT:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool btf_is_prog_ctx_type(Env& env, const btf::Btf& btf, btf::Type ptr, ProgType type) {
  if (type == ProgType::KPROBE && points_to_typedef(btf, ptr, user_pt_regs)) return true;
  btf::Type t = btf.type(btf.skip_mods_and_typedefs(ptr.type()));
  if (!t.is_composite()) return false;
  auto canonical = find_canonical_prog_ctx_type(env, type);
  if (!canonical) {
    env.notes.note(Msg::VmlinuxMalformed);
    return false;
  }
  const btf::Btf& vmlinux = *env.target.btf;
  for (btf::Type ctx = vmlinux.type(*canonical);; ctx = vmlinux.type(vmlinux.skip_mods_and_typedefs(ctx.id()))) {
    if (ctx.name().empty()) return false;
    if (is_projection_of(ctx.name(), t.name()) || ctx.name() == t.name()) return true;
    if (!ctx.is_modifier() && !ctx.is(btf::Kind::Typedef)) return false;
  }
}

Stop btf_validate_prog_ctx_type(Env& env, const btf::Btf& btf, btf::Type ptr, u32 arg) {
  if ((env.prog.type == ProgType::KPROBE || env.prog.type == ProgType::PERF_EVENT) &&
      points_to_typedef(btf, ptr, user_pt_regs))
    return go_on;
  btf::Type t = btf.type(btf.skip_mods_and_typedefs(ptr.type()));
  if (t.is(btf::Kind::Void)) return go_on;
  if (t.name().empty()) return env.reject(Msg::ArgTypeUnnamed, arg);
  if (is_customary(env, t)) return go_on;
  auto canonical = find_canonical_prog_ctx_type(env, env.prog.type);
  if (!canonical) return env.reject(Msg::VmlinuxMalformed);
  const btf::Btf& vmlinux = *env.target.btf;
  btf::Type ctx = vmlinux.type(vmlinux.skip_mods_and_typedefs(*canonical));
  if (!ctx.is(btf::Kind::Struct)) return env.reject(Msg::ArgShouldBeVoid, arg);
  return t.is(btf::Kind::Struct) && t.name() == ctx.name() ? go_on
                                                           : env.reject(Msg::ArgShouldBeStruct, arg, ctx.name());
}

}  // namespace bpfcheck::sim
