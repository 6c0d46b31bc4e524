// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See kfunc_args.h.
#include "verifier_sim/calls/kfunc_args.h"

#include "verifier_sim/calls/format.h"
#include "verifier_sim/calls/helper.h"
#include "verifier_sim/calls/iterator.h"
#include "verifier_sim/calls/kfunc_graph.h"
#include "verifier_sim/calls/map_field.h"
#include "verifier_sim/memory/access.h"
#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/ctx_type.h"
#include "verifier_sim/notes/names.h"
#include "verifier_sim/search/backtrack.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

constexpr u32 MAX_FUNC_REG_ARGS = 5;
constexpr u32 trusted_modifiers = MEM_ALLOC | PTR_TRUSTED | NON_OWN_REF;

/// One argument under check.
struct Arg {
  u32 no;
  u32 regno;
  Reg* reg;
  KfuncParam param;
};

Stop remember_constant(Env& env, u64 value, KfuncMeta* meta) {
  if (meta->arg_constant.found) return env.unsupported("verifier bug: only one constant argument permitted");
  meta->arg_constant.found = true;
  meta->arg_constant.value = value;
  return go_on;
}

Stop check_scalar(Env& env, const Arg& a, KfuncMeta* meta) {
  if (a.reg->type != SCALAR_VALUE) return env.reject(Msg::KfuncArgNotAScalar, a.regno);
  if (a.param.has_suffix("__k")) {
    if (!a.reg->is_const()) return env.reject(Msg::KfuncArgNotConstant, a.regno);
    if (Stop stop = mark_chain_precision(env, static_cast<int>(a.regno))) return stop;
    return remember_constant(env, a.reg->var_off().value, meta);
  }
  const bool rdonly = a.param.name == "rdonly_buf_size";
  if (!rdonly && a.param.name != "rdwr_buf_size") return go_on;
  meta->r0_rdonly |= rdonly;
  if (meta->r0_size) return env.reject(Msg::KfuncTwoBufSizes);
  if (!a.reg->is_const()) return env.reject(Msg::KfuncBufSizeNotConst, a.regno);
  meta->r0_size = a.reg->var_off().value;
  if (meta->r0_size > U32_MAX && env.target.has(Feature::buffer_size_bounded))
    return env.reject(Msg::KfuncBufSizeTooLarge, a.regno);
  return mark_chain_precision(env, static_cast<int>(a.regno));
}

bool has_map(const Reg& reg) {
  return reg.base() == CONST_PTR_TO_MAP || reg.base() == PTR_TO_MAP_VALUE || reg.base() == PTR_TO_MAP_KEY;
}

/// The map that a work queue or task work belongs to must be the one that the pointer to it came from.
Stop check_map_pointer(Env& env, const Arg& a, KfuncMeta* meta) {
  if (!a.reg->u.raw1) return env.reject(Msg::KfuncArgNotMap, a.regno);
  const Record* record = has_map(*a.reg) ? a.reg->u.map->record.get() : nullptr;
  if (meta->map.ptr && record && (record->wq_off >= 0 || record->task_work_off >= 0) &&
      (meta->map.ptr != a.reg->u.map || meta->map.uid != a.reg->u.map_uid))
    return env.reject(record->task_work_off >= 0 ? Msg::TaskWorkMapMismatch : Msg::WorkqueueMapMismatch,
                      static_cast<s32>(meta->map.uid), static_cast<s32>(a.reg->u.map_uid));
  if (has_map(*a.reg)) meta->map = {a.reg->u.map, a.reg->u.map_uid};
  return go_on;
}

Stop check_trust(Env& env, const Arg& a, const KfuncMeta& meta) {
  if (!is_kfunc_trusted_args(&meta) && !is_kfunc_rcu(&meta)) return go_on;
  if (is_trusted_reg(a.reg)) return go_on;
  if (!is_kfunc_rcu(&meta)) return env.reject(Msg::KfuncArgNotTrusted, a.regno);
  return is_rcu_reg(a.reg) ? go_on : env.reject(Msg::KfuncArgNotRcu, a.regno);
}

Stop check_reference(Env& env, const Arg& a, KfuncMeta* meta) {
  if (!a.reg->ref_obj_id) return go_on;
  if (is_kfunc_release(meta) && meta->ref_obj_id)
    return env.unsupported("verifier bug: more than one arg with ref_obj_id");
  meta->ref_obj_id = a.reg->ref_obj_id;
  if (is_kfunc_release(meta)) meta->release_regno = static_cast<u8>(a.regno);
  return go_on;
}

/// One of the two names is the other with "___init" behind it: such objects are never taken for each other.
bool nocast_alias(std::string_view a, std::string_view b) {
  constexpr std::string_view suffix = "___init";
  if (a.size() > b.size()) std::swap(a, b);
  return b.size() == a.size() + suffix.size() && b.starts_with(a) && b.ends_with(suffix);
}

Stop process_kf_arg_ptr_to_btf_id(Env& env, const Arg& a, btf::Type wanted, const KfuncMeta& meta) {
  const Reg& reg = *a.reg;
  const bool typed = reg.base() == PTR_TO_BTF_ID;
  const btf::Btf* reg_btf = typed ? reg.u.btf : env.target.btf.get();
  const u32 id = typed ? reg.u.btf_id : vmlinux_struct_id(env, reg2btf_name(reg.type));
  const bool strict =
      (is_kfunc_release(&meta) && reg.ref_obj_id) || nocast_alias(reg_btf->type(id).name(), wanted.name());
  btf::Type have = reg_btf->type(reg_btf->skip_mods_and_typedefs(id));
  if (btf_struct_ids_match(env, reg_btf, have.id(), reg.off, meta.btf, wanted.id(), strict) ||
      is_projection_of(wanted.name(), have.name()))
    return go_on;
  return env.reject(Msg::KfuncArgTypeMismatch, meta.func_name, a.no, btf_type_str(wanted), wanted.name(), a.regno,
                    btf_type_str(have), have.name());
}

Stop check_btf_id(Env& env, const Arg& a, btf::Type wanted, const KfuncMeta& meta) {
  const u32 flags = a.reg->flags();
  const bool unsafe = (flags & ~trusted_modifiers) && !is_rcu_reg(a.reg);
  if ((a.reg->base() != PTR_TO_BTF_ID || unsafe) && reg2btf_name(a.reg->type).empty())
    return env.reject(Msg::KfuncArgIsNotBtfId, a.no, reg_type_str(a.reg->type),
                      reg_type_str(a.reg->base() | (flags & trusted_modifiers)));
  return process_kf_arg_ptr_to_btf_id(env, a, wanted, meta);
}

Stop check_ctx(Env& env, const Arg& a, KfuncMeta* meta) {
  if (a.reg->type != PTR_TO_CTX) return env.reject(Msg::KfuncArgNotCtx, a.no, reg_type_str(a.reg->type));
  if (!meta->is(SpecialKfunc::bpf_cast_to_kern_ctx)) return go_on;
  const Expected<u32> id = get_kern_ctx_btf_id(env);
  if (!id) return id.error().is_unmodelled() ? id.error() : Stop::refused(EINVAL);
  meta->ret_btf_id = *id;
  return go_on;
}

/// Iterators over the tasks of a cgroup hold a lock for long.
Stop check_iter(Env& env, const Arg& a, int insn_idx, KfuncMeta* meta) {
  if (meta->is(SpecialKfunc::bpf_iter_css_task_new)) {
    const bool iter =
        env.prog.type == ProgType::TRACING && env.prog.expected_attach_type == static_cast<u32>(AttachType::TRACE_ITER);
    if (env.prog.type != ProgType::LSM && !iter && !env.in_sleepable()) return env.reject(Msg::CssTaskIterNotAllowed);
  }
  return process_iter_arg(env, a.regno, insn_idx, meta);
}

Stop check_memory(Env& env, const Arg& a) {
  auto size = a.param.btf->size_of(a.param.pointee.id());
  if (!size)
    return env.reject(Msg::KfuncArgNoSize, a.no, btf_type_str(a.param.pointee), a.param.pointee.name(), -EINVAL);
  return check_mem_reg(env, a.reg, a.regno, static_cast<u32>(*size));
}

Stop check_kfunc_mem_size_reg(Env& env, const Reg* size_reg, u32 size_regno) {
  Reg* mem = env.path.reg_state(size_regno - 1);
  const Reg saved = *mem;
  CallMeta meta;
  if (saved.maybe_null()) mark_ptr_not_null_reg(mem);
  Stop stop = check_mem_size_reg(env, size_reg, size_regno, AccessType::Read, true, &meta);
  if (!stop) stop = check_mem_size_reg(env, size_reg, size_regno, AccessType::Write, true, &meta);
  if (saved.maybe_null()) *mem = saved;
  return stop;
}

Stop check_memory_and_size(Env& env, const Arg& a, KfuncMeta* meta) {
  Reg* size_reg = env.path.reg_state(a.regno + 1);
  const bool optional = env.laws.rules.nullable_buffers ? a.param.is_nullable() : a.param.is_optional();
  if (!a.reg->is_null() || !optional)
    if (Stop stop = check_kfunc_mem_size_reg(env, size_reg, a.regno + 1)) {
      if (stop.is_refused()) env.notes.note(Msg::KfuncMemLenPair, a.no, a.no + 1);
      return stop;
    }
  if (!KfuncParam(*meta, a.no + 1).is_const_mem_size()) return go_on;
  if (!size_reg->is_const()) return env.reject(Msg::KfuncArgNotConstant, a.regno + 1);
  return remember_constant(env, size_reg->var_off().value, meta);
}

Stop check_callback(Env& env, const Arg& a, KfuncMeta* meta) {
  if (a.reg->type != PTR_TO_FUNC) return env.reject(Msg::KfuncArgNotFunc, a.no);
  meta->subprogno = a.reg->u.subprogno;
  return go_on;
}

Stop check_pointer_of_kind(Env& env, const Arg& a, KfuncPtrArg kind, int insn_idx, KfuncMeta* meta) {
  switch (kind) {
    case KfuncPtrArg::Ctx:
      return check_ctx(env, a, meta);
    case KfuncPtrArg::AllocBtfId:
      return process_kf_arg_alloc_btf_id(env, a.reg, a.no, meta);
    case KfuncPtrArg::Dynptr:
      return process_kf_arg_dynptr(env, a.reg, a.regno, insn_idx, a.param, meta);
    case KfuncPtrArg::Iter:
      return check_iter(env, a, insn_idx, meta);
    case KfuncPtrArg::ListHead:
      return process_kf_arg_ptr_to_graph_root(env, a.reg, a.regno, meta, FIELD_LIST_HEAD);
    case KfuncPtrArg::RbRoot:
      return process_kf_arg_ptr_to_graph_root(env, a.reg, a.regno, meta, FIELD_RB_ROOT);
    case KfuncPtrArg::ListNode:
      return process_kf_arg_ptr_to_graph_node(env, a.reg, a.regno, meta, FIELD_LIST_NODE);
    case KfuncPtrArg::RbNode:
      return process_kf_arg_ptr_to_graph_node(env, a.reg, a.regno, meta, FIELD_RB_NODE);
    case KfuncPtrArg::MapPtr:
      return check_btf_id(env, a, env.target.btf->type(vmlinux_struct_id(env, reg2btf_name(CONST_PTR_TO_MAP))), *meta);
    case KfuncPtrArg::BtfId:
      return check_btf_id(env, a, a.param.pointee, *meta);
    case KfuncPtrArg::Mem:
      return check_memory(env, a);
    case KfuncPtrArg::MemSize:
      return check_memory_and_size(env, a, meta);
    case KfuncPtrArg::Callback:
      return check_callback(env, a, meta);
    case KfuncPtrArg::RefcountedKptr:
      return process_kf_arg_refcounted_kptr(env, a.reg, a.no, meta);
    case KfuncPtrArg::ConstStr:
      if (a.reg->type != PTR_TO_MAP_VALUE) return env.reject(Msg::KfuncArgNotConstStr, a.no);
      return check_reg_const_str(env, *a.reg, a.regno);
    case KfuncPtrArg::Workqueue:
    case KfuncPtrArg::TaskWork:
      if (a.reg->type != PTR_TO_MAP_VALUE) return env.reject(Msg::KfuncArgNotMapValue, a.no);
      return process_async_field(env, a.regno, meta,
                                 kind == KfuncPtrArg::Workqueue ? FIELD_WORKQUEUE : FIELD_TASK_WORK);
    case KfuncPtrArg::IrqFlag:
      if (a.reg->type != PTR_TO_STACK) return env.reject(Msg::KfuncArgNotIrqFlag, a.no);
      return process_irq_flag(env, a.regno, meta);
    case KfuncPtrArg::ResSpinLock:
      return process_kf_arg_res_spin_lock(env, a.reg, a.regno, meta);
    case KfuncPtrArg::Null:
      return go_on;
  }
  return go_on;
}

/// Sets *uses_next where the argument and its size were checked together.
Stop check_pointer(Env& env, const Arg& a, int insn_idx, KfuncMeta* meta, bool* uses_next) {
  const bool never_null = (is_kfunc_trusted_args(meta) || is_kfunc_rcu(meta)) && !a.param.is_nullable() &&
                          env.target.has(Feature::trusted_pointers);
  if (never_null && (a.reg->is_null() || a.reg->maybe_null())) return env.reject(Msg::KfuncArgMaybeNull, a.no);
  if (Stop stop = check_reference(env, a, meta)) return stop;
  const Expected<KfuncPtrArg> found = get_kfunc_ptr_arg_type(env, meta, a.param, a.no);
  if (!found) return found.error();
  const KfuncPtrArg kind = *found;
  if (kind == KfuncPtrArg::Null) return go_on;
  if (kind == KfuncPtrArg::MapPtr)
    if (Stop stop = check_map_pointer(env, a, meta)) return stop;
  if (kind == KfuncPtrArg::MapPtr || kind == KfuncPtrArg::AllocBtfId || kind == KfuncPtrArg::BtfId)
    if (Stop stop = check_trust(env, a, *meta)) return stop;
  const bool whole_object =
      kind == KfuncPtrArg::Ctx || ((kind == KfuncPtrArg::AllocBtfId || kind == KfuncPtrArg::BtfId) &&
                                   (is_kfunc_trusted_args(meta) || is_kfunc_rcu(meta)));
  const bool released =
      (is_kfunc_release(meta) && a.reg->ref_obj_id) || (whole_object && !env.target.has(Feature::trusted_args_inside));
  if (Stop stop = check_func_arg_reg_off(env, a.reg, a.regno,
                                         released ? static_cast<u32>(OBJ_RELEASE) : static_cast<u32>(ARG_DONTCARE)))
    return stop;
  *uses_next = kind == KfuncPtrArg::MemSize;
  return check_pointer_of_kind(env, a, kind, insn_idx, meta);
}

}  // namespace

Stop check_kfunc_args(Env& env, KfuncMeta* meta, int insn_idx) {
  const u32 nargs = meta->func_proto().vlen();
  if (nargs > MAX_FUNC_REG_ARGS) return env.reject(Msg::KfuncTooManyArgs, meta->func_name, nargs, MAX_FUNC_REG_ARGS);
  for (u32 i = 0; i < nargs; i++) {
    const Arg a{i, i + 1, env.path.reg_state(i + 1), KfuncParam(*meta, i)};
    if (a.param.has_suffix("__ign") || a.param.has_suffix("__prog")) continue;
    Stop stop;
    bool uses_next = false;
    if (a.param.is_scalar())
      stop = check_scalar(env, a, meta);
    else if (!a.param.type.is(btf::Kind::Ptr))
      stop = env.reject(Msg::KfuncArgUnrecognized, i, btf_type_str(a.param.type));
    else
      stop = check_pointer(env, a, insn_idx, meta, &uses_next);
    if (stop) return stop;
    i += uses_next;
  }
  if (is_kfunc_release(meta) && !meta->release_regno) return env.reject(Msg::KfuncReleaseExpectsRef, meta->func_name);
  return go_on;
}

}  // namespace bpfcheck::sim
