// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See func_args.h.
#include "verifier_sim/calls/func_args.h"

#include "core_reloc/fixup.h"
#include "verifier_sim/calls/ctx_arg.h"
#include "verifier_sim/calls/dynptr_arg.h"
#include "verifier_sim/calls/helper.h"
#include "verifier_sim/memory/access.h"
#include "verifier_sim/memory/btf_walk.h"
#include "verifier_sim/memory/mem_region.h"
#include "verifier_sim/state/marks.h"

namespace bpfcheck::sim {
namespace {

constexpr u32 MAX_REG_ARGS = 5;

enum Tag : u32 { TAG_CTX = 1, TAG_NONNULL = 2, TAG_TRUSTED = 4, TAG_UNTRUSTED = 8, TAG_NULLABLE = 16, TAG_ARENA = 32 };
struct TagName {
  std::string_view name;
  Tag tag;
};
constexpr TagName tag_names[] = {{"ctx", TAG_CTX},           {"nonnull", TAG_NONNULL},
                                 {"trusted", TAG_TRUSTED},   {"untrusted", TAG_UNTRUSTED},
                                 {"nullable", TAG_NULLABLE}, {"arena", TAG_ARENA}};

bool is_int_like(btf::Type t) { return t.is(btf::Kind::Int) || t.is_any_enum(); }

/// btf_type_int_is_regular
bool is_primitive(btf::Type t) {
  if (t.is_any_enum()) return true;
  if (!t.is(btf::Kind::Int) || t.int_offset()) return false;
  const u32 bits = t.int_bits();
  return (bits == 8 || bits == 16 || bits == 32 || bits == 64 || bits == 128) && t.size() * 8 == bits;
}

bool is_dynptr(btf::Type t) {
  return (t.is_composite() || (t.is(btf::Kind::Fwd) && !t.kind_flag())) && t.name() == "bpf_dynptr";
}

/// btf_get_ptr_to_btf_id: the one type of the kernel of this name, whatever its flavour.
Expected<u32> find_kernel_type(Env& env, u32 arg, const btf::Btf& btf, btf::Type t) {
  if (t.name().empty())
    return std::unexpected(env.reject(Msg::ArgCandidateError, arg, btf_type_str(t), shown_name(t), -EINVAL));
  const btf::Btf& vmlinux = *env.target.btf;
  u32 found = 0, count = 0;
  core_reloc::Candidates candidates(vmlinux);
  for (const auto& c : candidates.of(btf, t.id())) {
    if (vmlinux.type(c.id).kind() != t.kind()) continue;  // for a relocation any enumeration will do
    found = c.id;
    count++;
  }
  if (count == 0) return std::unexpected(env.reject(Msg::ArgNoMatch, arg, btf_type_str(t), shown_name(t)));
  if (count > 1) return std::unexpected(env.reject(Msg::ArgAmbiguous, arg, btf_type_str(t), shown_name(t)));
  return found;
}

/// One parameter of a function, read into its SubprogArg.
class Parameter {
 public:
  Parameter(Env& env, const btf::Btf& btf, btf::Type func, u32 index, bool global)
      : env_(env), btf_(btf), func_(func), i_(index), global_(global) {}

  Stop read(SubprogArg& out) {
    if (Stop stop = read_tags()) return stop;
    btf::Type proto = btf_.type(func_.type());
    btf::Type t = btf_.type(btf_.skip_mods_and_typedefs(proto.param(i_).type));
    bool described = true;
    if (t.is(btf::Kind::Ptr)) {
      Stop stop = read_pointer(t, out, described);
      if (stop || described) return stop;
    }
    if (tags_) return env_.reject(Msg::ArgTagNotPointer, i_);
    if (is_int_like(t)) {
      out = {ARG_ANYTHING, 0, 0};
      return go_on;
    }
    return global_ ? env_.reject(Msg::ArgTypeUnsupported, i_, btf_type_str(t), func_.name()) : Stop::refused(EINVAL);
  }

 private:
  Stop invalid_tags() { return env_.reject(Msg::ArgTagCombination, i_); }

  Stop read_tags() {
    constexpr std::string_view prefix = "arg:";
    if (!env_.target.has(Feature::global_arg_tags)) return go_on;
    for (std::string_view name : btf_.decl_tags(func_.id(), static_cast<s32>(i_))) {
      if (!name.starts_with(prefix)) continue;
      if (!global_) return env_.reject(Msg::ArgTagStatic, i_);
      u32 tag = 0;
      for (const TagName& t : tag_names)
        if (t.name == name.substr(prefix.size())) tag = t.tag;
      if (tag == TAG_UNTRUSTED && !env_.target.has(Feature::global_untrusted_args)) tag = 0;
      if (!env_.target.has(Feature::global_trusted_args))
        tag &= TAG_CTX | TAG_NONNULL;  // others mean nothing
      else if (!tag)
        return env_.reject(Msg::ArgTagUnknown, i_);
      tags_ |= tag;
    }
    return go_on;
  }

  /// `described` false: a pointer to memory, of which nothing is known in static functions, nor on older kernels.
  Stop read_pointer(btf::Type ptr, SubprogArg& out, bool& described) {
    btf::Type pointee = btf_.type(btf_.skip_mods_and_typedefs(ptr.type()));
    if ((tags_ & TAG_CTX) || btf_is_prog_ctx_type(env_, btf_, ptr, env_.prog.type)) {
      if (tags_ & ~u32{TAG_CTX}) return invalid_tags();
      if ((tags_ & TAG_CTX) && btf_validate_prog_ctx_type(env_, btf_, ptr, i_)) return Stop::refused(EINVAL);
      out = {ARG_PTR_TO_CTX, 0, 0};
      return go_on;
    }
    if (is_dynptr(pointee) && env_.target.has(Feature::global_arg_tags)) {
      if (tags_) return invalid_tags();
      out = {ARG_PTR_TO_DYNPTR | MEM_RDONLY, 0, 0};
      return go_on;
    }
    if (tags_ & TAG_TRUSTED) return read_trusted(pointee, out);
    if (tags_ & TAG_UNTRUSTED) return read_untrusted(pointee, out);
    if (tags_ & TAG_ARENA) {
      if (tags_ & ~u32{TAG_ARENA}) return env_.reject(Msg::ArgArenaCombined, i_);
      out = {ARG_PTR_TO_ARENA, 0, 0};
      return go_on;
    }
    described = global_ && env_.target.has(Feature::global_memory_args);
    return described ? read_memory(pointee, out) : go_on;
  }

  Stop read_trusted(btf::Type pointee, SubprogArg& out) {
    if (tags_ & TAG_NONNULL) return invalid_tags();
    const Expected<u32> id = find_kernel_type(env_, i_, btf_, pointee);
    if (!id) return id.error();
    const u32 type = ARG_PTR_TO_BTF_ID | PTR_TRUSTED;
    out = {tags_ & TAG_NULLABLE ? type | PTR_MAYBE_NULL : type, 0, *id};
    return go_on;
  }

  Stop read_untrusted(btf::Type pointee, SubprogArg& out) {
    if (tags_ & ~u32{TAG_UNTRUSTED}) return env_.reject(Msg::ArgUntrustedCombined, i_);
    if (pointee.is(btf::Kind::Void) || is_primitive(pointee)) {
      out = {u32{ARG_PTR_TO_MEM | MEM_RDONLY} | PTR_UNTRUSTED, 0, 0};
      return go_on;
    }
    const Expected<u32> id = find_kernel_type(env_, i_, btf_, pointee);
    if (!id) return id.error();
    btf::Type kernel = env_.target.btf->type(*id);
    if (!kernel.is_composite()) return env_.reject(Msg::ArgUntrustedType, i_, btf_type_str(kernel), "");
    out = {ARG_PTR_TO_BTF_ID | PTR_UNTRUSTED, 0, *id};
    return go_on;
  }

  Stop read_memory(btf::Type pointee, SubprogArg& out) {
    if (tags_ & TAG_NULLABLE) return invalid_tags();
    auto size = btf_.size_of(pointee.id());
    if (!size) return env_.reject(Msg::ArgSizeUnknown, i_, btf_type_str(pointee), pointee.name(), -EINVAL);
    out = {tags_ & TAG_NONNULL ? u32{ARG_PTR_TO_MEM} : ARG_PTR_TO_MEM | PTR_MAYBE_NULL, static_cast<u32>(*size), 0};
    return go_on;
  }

  Env& env_;
  const btf::Btf& btf_;
  const btf::Type func_;
  const u32 i_;
  const bool global_;
  u32 tags_ = 0;
};

Stop check_argument(Env& env, u32 subprog, Reg* reg, u32 i, const SubprogArg& arg) {
  const u32 regno = i + 1, type = arg.arg_type;
  if (type == ARG_ANYTHING) return reg->type == SCALAR_VALUE ? go_on : env.reject(Msg::ArgNotScalar, regno);
  if (type & PTR_UNTRUSTED) return go_on;  // anything may be passed: reads are checked as they happen
  if (type == ARG_PTR_TO_CTX) {
    if (Stop stop = check_func_arg_reg_off(env, reg, regno, ARG_DONTCARE)) return stop;
    return reg->type == PTR_TO_CTX ? go_on : env.reject(Msg::ArgExpectedCtx, i);
  }
  if (base_type(type) == ARG_PTR_TO_MEM) {
    if (Stop stop = check_func_arg_reg_off(env, reg, regno, ARG_DONTCARE)) return stop;
    if (Stop stop = check_mem_reg(env, reg, regno, arg.mem_size))
      return stop.is_unmodelled() ? stop : Stop::refused(EINVAL);
    const bool in_packet =
        reg->is_pkt_any() ||
        (reg->base() == PTR_TO_MEM && (reg->type & (DYNPTR_TYPE_SKB | DYNPTR_TYPE_XDP | DYNPTR_TYPE_SKB_META)));
    if (in_packet && env.prog.subprogs[subprog].changes_pkt_data && env.target.has(Feature::packet_kept_by_callee))
      return env.reject(Msg::ArgPacketMayChange, i, subprog);
    if (!(type & PTR_MAYBE_NULL) && reg->is_null() && env.target.has(Feature::null_for_memory_refused))
      return env.reject(Msg::ArgMaybeNull, i);
    return !(type & PTR_MAYBE_NULL) && reg->maybe_null() ? env.reject(Msg::ArgMaybeNull, i) : go_on;
  }
  if (base_type(type) == ARG_PTR_TO_ARENA)
    return reg->type == PTR_TO_ARENA || reg->type == SCALAR_VALUE ? go_on : env.reject(Msg::ArgNotArena, regno);
  if (type == (ARG_PTR_TO_DYNPTR | MEM_RDONLY)) {
    if (env.target.has(Feature::dynptr_args_at_start))
      if (Stop stop = check_func_arg_reg_off(env, reg, regno, ARG_PTR_TO_DYNPTR)) return stop;
    return process_dynptr_func(env, regno, -1, type, 0);
  }
  if (base_type(type) != ARG_PTR_TO_BTF_ID) return env.unsupported("verifier bug: unrecognized argument type");
  if (reg->is_null() && (type & PTR_MAYBE_NULL)) return go_on;
  const CallMeta none;
  if (Stop stop = check_reg_type(env, regno, type, arg.btf_id, none)) return stop;
  return check_func_arg_reg_off(env, reg, regno, type);
}

/// btf_check_func_arg_match of numbers and contexts: of all functions in 5.10, of the main program until 6.7.
Stop match_arguments(Env& env, u32 subprog, Reg* regs) {
  const bool memory_known = env.target.has(Feature::global_memory_args);
  const btf::Btf& b = *env.prog.linked.btf;
  const btf::Type fn = b.type(env.prog.linked.func_info[subprog].type_id), proto = b.type(fn.type());
  if (proto.vlen() > MAX_REG_ARGS) return env.reject(Msg::StaticTooManyArgs, fn.name(), proto.vlen(), MAX_REG_ARGS);
  for (u32 i = 0; i < proto.vlen(); i++) {
    const btf::Type t = b.type(b.skip_mods_and_typedefs(proto.param(i).type));
    const Reg& reg = regs[i + 1];
    if (is_int_like(t)) {
      if (reg.type != SCALAR_VALUE) return env.reject(Msg::ArgNotScalar, i + 1);
      continue;
    }
    if (t.is(btf::Kind::Ptr)) {
      if (reg.type == SCALAR_VALUE && !memory_known) return env.reject(Msg::ArgNotPointer, i + 1);
      if (!b.type(b.skip_mods_and_typedefs(t.type())).is_composite()) {
        if (!memory_known) env.notes.detail(Msg::ArgNotStruct, i);
      } else if (btf_is_prog_ctx_type(env, b, t, env.prog.type)) {
        if (reg.type != PTR_TO_CTX) return env.reject(Msg::ArgNotCtx, i, btf_type_str(t));
        if (Stop stop = check_ptr_off_reg(env, &reg, i + 1)) return stop;
        continue;
      }
      if (memory_known) return env.reject(Msg::ArgRegUnsupported, i, fn.name(), fn.id());
    }
    return env.reject(Msg::KfuncArgUnrecognized, i, btf_type_str(t));
  }
  return go_on;
}

/// btf_check_func_arg_match
Stop check_arguments(Env& env, u32 subprog, Reg* regs) {
  if (!env.target.has(Feature::global_memory_args) || (!subprog && !env.target.has(Feature::global_arg_tags)))
    return match_arguments(env, subprog, regs) ? Stop::refused(EINVAL) : go_on;
  if (Stop stop = btf_prepare_func_args(env, static_cast<int>(subprog))) return stop;
  const Subprog& sub = env.prog.subprogs[subprog];
  for (u32 i = 0; i < sub.arg_cnt; i++)
    if (Stop stop = check_argument(env, subprog, &regs[i + 1], i, sub.args[i])) return stop;
  return go_on;
}

}  // namespace

Stop btf_prepare_func_args(Env& env, int subprog) {
  Subprog& sub = env.prog.subprogs[static_cast<u32>(subprog)];
  if (sub.args_cached) return go_on;
  if (env.prog.linked.func_info.empty() || !env.prog.linked.btf) return Stop::refused(EFAULT);
  const btf::Btf& b = *env.prog.linked.btf;
  btf::Type fn = b.type(env.prog.linked.func_info[static_cast<u32>(subprog)].type_id);
  btf::Type proto = b.type(fn.type());
  if (!fn.is(btf::Kind::Func) || !proto.is(btf::Kind::FuncProto))
    return env.unsupported("verifier bug: bad type of a function");
  if (sub.unreliable) return Stop::refused(EFAULT);
  const bool global = sub.linkage == static_cast<u32>(btf::Linkage::Global);
  if (proto.vlen() > MAX_REG_ARGS)
    return global ? env.reject(Msg::TooManyArgs, fn.name(), proto.vlen(), MAX_REG_ARGS) : Stop::refused(EINVAL);
  const btf::Type result = b.type(b.skip_mods_and_typedefs(proto.type()));
  sub.returns_void = result.is(btf::Kind::Void) && env.target.has(Feature::void_globals);
  if (!is_int_like(result) && !sub.returns_void)
    return global ? env.reject(Msg::GlobalReturnType, fn.name()) : Stop::refused(EINVAL);
  for (u32 i = 0; i < proto.vlen(); i++)
    if (Stop stop = Parameter(env, b, fn, i, global).read(sub.args[i])) return stop;
  sub.arg_cnt = static_cast<u8>(proto.vlen());
  sub.args_cached = true;
  return go_on;
}

Stop btf_check_subprog_call(Env& env, u32 subprog, Reg* regs) {
  if (env.prog.linked.func_info.empty() || env.prog.subprogs[subprog].unreliable) return Stop::refused(EINVAL);
  Stop stop = check_arguments(env, subprog, regs);
  if (stop) env.prog.subprogs[subprog].unreliable = true;
  return stop;
}

}  // namespace bpfcheck::sim
