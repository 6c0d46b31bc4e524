// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kfunc_arg_type.h.
#include "verifier_sim/calls/kfunc_arg_type.h"

#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/ctx_type.h"
#include "verifier_sim/notes/names.h"

namespace bpfcheck::sim {
namespace {

using btf::Kind;

btf::Type resolved(const btf::Btf& btf, u32 id) { return btf.type(btf.skip_mods_and_typedefs(id)); }
bool is_scalar(btf::Type t) { return t.is(Kind::Int) || t.is(Kind::Enum); }

/// Arguments that a suffix of the parameter's name or the structure pointed to tells, in the order in which they are
/// tried.
struct BySuffix {
  std::string_view suffix;
  KfuncPtrArg arg;
};
struct ByStruct {
  std::string_view name;
  KfuncPtrArg arg;
};
constexpr BySuffix objects_by_suffix[] = {{"__alloc", KfuncPtrArg::AllocBtfId},
                                          {"__refcounted_kptr", KfuncPtrArg::RefcountedKptr}};
constexpr ByStruct collections_by_struct[] = {{"bpf_list_head", KfuncPtrArg::ListHead},
                                              {"bpf_list_node", KfuncPtrArg::ListNode},
                                              {"bpf_rb_root", KfuncPtrArg::RbRoot},
                                              {"bpf_rb_node", KfuncPtrArg::RbNode}};
constexpr BySuffix others_by_suffix[] = {{"__str", KfuncPtrArg::ConstStr}, {"__map", KfuncPtrArg::MapPtr}};
constexpr ByStruct async_by_struct[] = {{"bpf_wq", KfuncPtrArg::Workqueue}, {"bpf_task_work", KfuncPtrArg::TaskWork}};

bool points_to(const Env& env, const KfuncParam& p, std::string_view name) {
  if (!p.pointee.is(Kind::Struct) || p.pointee.name() != name) return false;
  return btf_types_are_same(p.btf, p.pointee.id(), env.target.btf.get(), vmlinux_struct_id(env, name));
}

/// What the parameter alone tells.
std::optional<KfuncPtrArg> declared(const Env& env, const KfuncMeta& meta, const KfuncParam& p, u32 argno) {
  for (const BySuffix& s : objects_by_suffix)
    if (p.has_suffix(s.suffix)) return s.arg;
  // Before 6.11 kernel functions name the kernel's own structure.
  if (points_to(env, p, "bpf_dynptr") || points_to(env, p, "bpf_dynptr_kern")) return KfuncPtrArg::Dynptr;
  if (is_iter_kfunc(&meta) ? argno == 0 : p.has_suffix("__iter")) return KfuncPtrArg::Iter;
  for (const ByStruct& s : collections_by_struct)
    if (points_to(env, p, s.name)) return s.arg;
  for (const BySuffix& s : others_by_suffix)
    if (p.has_suffix(s.suffix)) return s.arg;
  for (const ByStruct& s : async_by_struct)
    if (points_to(env, p, s.name)) return s.arg;
  if (p.has_suffix("__irq_flag")) return KfuncPtrArg::IrqFlag;
  if (points_to(env, p, "bpf_res_spin_lock")) return KfuncPtrArg::ResSpinLock;
  return std::nullopt;
}

/// The parameter behind this one is its size.
bool followed_by_size(Env& env, const KfuncMeta& meta, u32 argno) {
  if (argno + 1 >= meta.func_proto().vlen()) return false;
  const KfuncParam next(meta, argno + 1);
  return next.is_scalar() && env.path.cur_regs()[argno + 2].type == SCALAR_VALUE &&
         (next.has_suffix("__sz") || next.has_suffix("__szk"));
}

}  // namespace

KfuncParam::KfuncParam(const KfuncMeta& meta, u32 argno)
    : btf(meta.btf),
      name(meta.func_proto().param(argno).name),
      type(resolved(*btf, meta.func_proto().param(argno).type)),
      pointee(type.is(Kind::Ptr) ? resolved(*btf, type.type()) : btf->type(0)) {}

std::string_view reg2btf_name(u32 reg_type) {
  switch (base_type(reg_type)) {
    case PTR_TO_SOCKET:
      return "sock";
    case PTR_TO_SOCK_COMMON:
      return "sock_common";
    case PTR_TO_TCP_SOCK:
      return "tcp_sock";
    case CONST_PTR_TO_MAP:
      return "bpf_map";
    default:
      return "";
  }
}

bool btf_type_is_scalar_struct(Env& env, const btf::Btf& btf, btf::Type t, int depth) {
  constexpr int deepest = 3;
  if (!t.is_composite()) return false;
  for (u32 i = 0; i < t.member_count(); i++) {
    btf::Type member = resolved(btf, t.member(i).type);
    if (member.is_composite()) {
      if (depth >= deepest) {
        env.notes.note(Msg::StructNestingDepth);
        return false;
      }
      if (!btf_type_is_scalar_struct(env, btf, member, depth + 1)) return false;
      continue;
    }
    if (member.is(Kind::Array)) {
      if (!member.array().nelems) return false;
      member = resolved(btf, member.array().elem_type);
    }
    if (!is_scalar(member)) return false;
  }
  return true;
}

Expected<KfuncPtrArg> get_kfunc_ptr_arg_type(Env& env, const KfuncMeta* meta, const KfuncParam& p, u32 argno) {
  const Reg& reg = env.path.cur_regs()[argno + 1];
  if (meta->is(SpecialKfunc::bpf_cast_to_kern_ctx) || btf_is_prog_ctx_type(env, p.btf, p.type)) return KfuncPtrArg::Ctx;
  const bool sized = followed_by_size(env, *meta, argno);
  const bool with_size = sized && env.laws.rules.nullable_buffers;
  if (p.is_nullable() && reg.is_null() && !with_size) return KfuncPtrArg::Null;
  if (auto arg = declared(env, *meta, p, argno)) return *arg;
  if (reg.base() == PTR_TO_BTF_ID || !reg2btf_name(reg.type).empty()) {
    if (!p.pointee.is_composite())
      return std::unexpected(
          env.reject(Msg::KfuncArgNotStruct, meta->func_name, argno, btf_type_str(p.pointee), p.pointee.name()));
    return KfuncPtrArg::BtfId;
  }
  if (p.pointee.is(Kind::FuncProto)) return KfuncPtrArg::Callback;
  const bool plain =
      is_scalar(p.pointee) || btf_type_is_scalar_struct(env, *p.btf, p.pointee) || (sized && p.pointee.is(Kind::Void));
  if (!plain)
    return std::unexpected(env.reject(Msg::KfuncArgNotScalar, argno, btf_type_str(p.pointee), p.pointee.name(),
                                      sized ? "void, " : "", reg_type_str(reg.type)));
  return sized ? KfuncPtrArg::MemSize : KfuncPtrArg::Mem;
}

}  // namespace bpfcheck::sim
