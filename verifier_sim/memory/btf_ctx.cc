// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See btf_ctx.h.
#include "verifier_sim/memory/btf_ctx.h"

#include "kernel_db/attach_points.h"
#include "kernel_db/lsm_hooks.h"
#include "verifier_sim/memory/btf_walk.h"

namespace bpfcheck::sim {
namespace {

constexpr std::string_view nullable_suffix = "__nullable";

u32 slot_size(const btf::Btf& btf, u32 type_id) {
  btf::Type t = btf.type(btf.skip_mods_and_typedefs(type_id));
  return t.is(btf::Kind::Ptr) ? 8 : (t.size() + 7) / 8 * 8;
}

bool is_small_int(btf::Type t) {
  return t.is(btf::Kind::Int) && (t.size() == 1 || t.size() == 2 || t.size() == 4 || t.size() == 8);
}

/// prog_args_trusted: the kernel guarantees that the arguments are valid while the program runs.
bool args_are_trusted(const Env& env) {
  switch (env.prog.type) {
    case ProgType::TRACING:
      return env.prog.attach_is(AttachType::TRACE_RAW_TP) || env.prog.attach_is(AttachType::TRACE_ITER);
    case ProgType::LSM:
      return !lsm_hook_has(env.target, env.prog.attach_func_name, LsmHook::untrusted);
    case ProgType::STRUCT_OPS:
      return true;
    default:
      return false;
  }
}

/// One access: the argument found, and what a pointer there is.
class Argument {
 public:
  Argument(Env& env, int off, int size, CtxAccess* info)
      : env_(env),
        btf_(*env.prog.attach_btf),
        proto_(btf_.type(env.prog.attach_func_proto)),
        off_(off),
        size_(size),
        info_(info) {}

  bool check() {
    if (off_ % 8) return refuse(Msg::CtxArgOffset, env_.prog.attach_func_name, off_);
    // A raw tracepoint's first parameter is the kernel's own and no argument of the program.
    const u32 hidden = env_.prog.attach_btf_trace ? 1 : 0, count = proto_.vlen() - hidden;
    arg_ = btf_ctx_arg_idx(btf_, proto_, off_);
    if (arg_ > count) return refuse(Msg::CtxNoSuchArg, env_.prog.attach_func_name, arg_ + 1);
    if (arg_ == count) return find_return_type() && check_type();
    param_ = proto_.param(arg_ + hidden);
    type_id_ = param_.type;
    return check_type();
  }

 private:
  template <class... A>
  bool refuse(Msg m, A&&... operands) {
    env_.notes.note(m, std::forward<A>(operands)...);
    return false;
  }

  bool find_return_type() {
    switch (static_cast<AttachType>(env_.prog.expected_attach_type)) {
      case AttachType::LSM_MAC:
        info_->is_retval = true;
        break;
      case AttachType::LSM_CGROUP:
      case AttachType::TRACE_FEXIT:
        break;
      case AttachType::MODIFY_RETURN: {
        btf::Type t = btf_.type(btf_.skip_mods_and_typedefs(proto_.type()));
        if (!is_small_int(t)) return refuse(Msg::CtxFmodRetType, btf_type_str(t));
        break;
      }
      default:
        return refuse(Msg::CtxNoSuchArg, env_.prog.attach_func_name, arg_ + 1);
    }
    type_id_ = proto_.type();
    return true;
  }

  bool check_type() {
    btf::Type t = btf_.type(btf_.skip_mods_and_typedefs(type_id_));
    if (is_small_int(t) || t.is_any_enum() || t.is_composite()) return true;
    if (!t.is(btf::Kind::Ptr))
      return refuse(Msg::CtxNotPointer, env_.prog.attach_func_name, arg_, shown_name(t), btf_type_str(t));
    if (size_ != 8) return refuse(Msg::CtxPointerSize, env_.prog.attach_func_name, size_);
    const CtxArgInfo* known = nullptr;
    for (const auto& a : env_.prog.ctx_arg_info)
      if (a.offset == static_cast<u32>(off_)) known = &a;
    if (known && base_type(known->reg_type) == PTR_TO_BUF && (known->reg_type & PTR_MAYBE_NULL)) {
      info_->reg_type = known->reg_type;
      return true;
    }
    btf::Type pointee = btf_.type(btf_.skip_mods_and_typedefs(t.type()));
    if (pointee.is(btf::Kind::Void)) return true;
    if (pointee.is(btf::Kind::Int) && (pointee.size() == 1 || env_.target.has(Feature::int_pointer_args))) return true;
    return known ? take_known(*known) : take_pointer(t);
  }

  bool take_known(const CtxArgInfo& a) {
    if (!a.btf_id) return refuse(Msg::CtxInvalidBtfId, off_);
    info_->reg_type = a.reg_type;
    info_->btf = a.btf;
    info_->btf_id = a.btf_id;
    info_->ref_obj_id = a.ref_obj_id;
    return true;
  }

  bool take_pointer(btf::Type ptr) {
    bool maybe_error = false;
    info_->reg_type = PTR_TO_BTF_ID;
    if (args_are_trusted(env_)) info_->reg_type |= PTR_TRUSTED;
    if (param_.name.ends_with(nullable_suffix)) info_->reg_type |= PTR_MAYBE_NULL;
    if (env_.prog.attach_is(AttachType::TRACE_RAW_TP)) {
      const RawTpArg tp = raw_tp_arg(env_.prog.attach_func_name, arg_);
      const bool from_module = btf_.base() != nullptr;
      if (tp.maybe_null || (from_module && !raw_tp_listed(env_.prog.attach_func_name)))
        info_->reg_type |= PTR_MAYBE_NULL;
      maybe_error = tp.maybe_error;
    }
    btf::Type tag = btf_.type(ptr.type());
    if (tag.is(btf::Kind::TypeTag) && !tag.kind_flag()) {
      if (tag.name() == "user") info_->reg_type |= MEM_USER;
      if (tag.name() == "percpu") info_->reg_type |= MEM_PERCPU;
    }
    info_->btf = &btf_;
    info_->btf_id = btf_.skip_mods_and_typedefs(ptr.type());
    btf::Type pointee = btf_.type(info_->btf_id);
    if (!pointee.is_composite())
      return refuse(Msg::CtxNotStruct, env_.prog.attach_func_name, arg_, btf_type_str(pointee));
    env_.notes.note(Msg::CtxArgIs, env_.prog.attach_func_name, arg_, info_->btf_id, btf_type_str(pointee),
                    shown_name(pointee));
    if (maybe_error) {
      env_.notes.note(Msg::CtxArgMayBeError, arg_);
      info_->reg_type = SCALAR_VALUE;
    }
    return true;
  }

  Env& env_;
  const btf::Btf& btf_;
  const btf::Type proto_;
  const int off_, size_;
  CtxAccess* info_;
  u32 arg_ = 0, type_id_ = 0;
  btf::Param param_{};
};

/// bpf_tracing_ctx_access
bool tracing_place(int off, int size, AccessType t) {
  return off >= 0 && off < 8 * static_cast<int>(MAX_FUNC_ARGS) && t == AccessType::Read && off % size == 0;
}

/// bpf_tcp_ca_is_valid_access: every socket of a congestion control is a TCP socket.
void take_for_tcp_sock(Env& env, CtxAccess* info) {
  const bool safe = !(info->reg_type & ~(base_type_mask | PTR_TRUSTED | MEM_ALLOC | NON_OWN_REF));
  if (base_type(info->reg_type) == PTR_TO_BTF_ID && safe && info->btf_id == vmlinux_struct_id(env, "sock"))
    info->btf_id = vmlinux_struct_id(env, "tcp_sock");
}

/// bpf_qdisc_is_valid_access: a queue takes the list to which it gives the packets that it drops.
bool is_qdisc_skb(const Env& env, int off) {
  return env.prog.struct_ops_name == "Qdisc_ops" && env.prog.struct_ops_member == "enqueue" &&
         btf_ctx_arg_idx(*env.prog.attach_btf, env.prog.attach_btf->type(env.prog.attach_func_proto), off) == 2;
}

}  // namespace

bool has_btf_ctx(const Env& env) {
  return env.prog.type == ProgType::TRACING || env.prog.type == ProgType::LSM || env.prog.type == ProgType::STRUCT_OPS;
}

bool btf_ctx_is_valid_access(Env& env, int off, int size, AccessType t, CtxAccess* info) {
  if (env.prog.type == ProgType::STRUCT_OPS && is_qdisc_skb(env, off) && t == AccessType::Read) {
    info->reg_type = PTR_TO_BTF_ID | PTR_TRUSTED;
    info->btf = env.prog.attach_btf;
    info->btf_id = vmlinux_struct_id(env, "bpf_sk_buff_ptr");
    return true;
  }
  if (env.prog.type != ProgType::LSM && !tracing_place(off, size, t)) return false;
  if (!Argument(env, off, size, info).check()) return false;
  if (env.prog.struct_ops_name == "tcp_congestion_ops") take_for_tcp_sock(env, info);
  return true;
}

u32 btf_ctx_arg_idx(const btf::Btf& btf, btf::Type proto, int off) {
  const auto at = static_cast<u32>(off);
  u32 end = 0;
  for (u32 i = 0; i < proto.vlen(); i++) {
    end += slot_size(btf, proto.param(i).type);
    if (at < end) return i;
  }
  end += slot_size(btf, proto.type());
  return at < end ? proto.vlen() : proto.vlen() + 1;
}

std::optional<u32> btf_ctx_arg_offset(const btf::Btf& btf, btf::Type proto, u32 arg) {
  u64 off = 0;
  for (u32 i = 0; i < arg; i++) {
    auto size = btf.size_of(proto.param(i).type);
    if (!size) return std::nullopt;
    off += (*size + 7) / 8 * 8;
  }
  return static_cast<u32>(off);
}

}  // namespace bpfcheck::sim
