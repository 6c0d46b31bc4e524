// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See struct_ops.h. What the kernel reads from its own tables is known by name: kernel_db/struct_ops.def.
#include "verifier_sim/engine/struct_ops.h"

#include "kernel_db/struct_ops.h"
#include "verifier_sim/memory/btf_ctx.h"

namespace bpfcheck::sim {
namespace {

/// btf_type_resolve_func_ptr: the prototype that a pointer to a function points to; 0 where the type is none.
u32 function_proto(const btf::Btf& btf, u32 type_id) {
  btf::Type ptr = btf.type(btf.skip_mods_and_typedefs(type_id));
  if (!ptr.is(btf::Kind::Ptr)) return 0;
  btf::Type t = btf.type(btf.skip_mods_and_typedefs(ptr.type()));
  return t.is(btf::Kind::FuncProto) ? t.id() : 0;
}

/// prepare_arg_info: arguments that may be NULL, and those whose reference the program gets, by the stub's parameter
/// names.
Stop collect_argument_facts(Env& env, const btf::Btf& btf, std::string_view stub) {
  auto id = btf.find(stub, btf::Kind::Func);
  if (!id) return env.unsupported("struct_ops members whose stub function the BTF does not have");
  btf::Type names = btf.type(btf.type(*id).type()), proto = btf.type(env.prog.attach_func_proto);
  for (u32 i = 0; i < proto.vlen() && i < names.vlen(); i++) {
    const bool nullable = names.param(i).name.ends_with("__nullable"),
               referenced = names.param(i).name.ends_with("__ref");
    if (!nullable && !referenced) continue;
    btf::Type ptr = btf.type(btf.skip_mods_and_typedefs(proto.param(i).type));
    const std::optional<u32> off = btf_ctx_arg_offset(btf, proto, i);
    if (!ptr.is(btf::Kind::Ptr) || !off) continue;
    env.prog.ctx_arg_info.push_back(
        {.offset = *off,
         .reg_type = nullable ? u32{PTR_TO_BTF_ID | PTR_TRUSTED} | PTR_MAYBE_NULL : u32{PTR_TO_BTF_ID | PTR_TRUSTED},
         .btf = &btf,
         .btf_id = btf.skip_mods_and_typedefs(ptr.type()),
         .ref_obj_id = 0,
         .refcounted = !nullable});
  }
  return go_on;
}

bool has_refcounted_argument(const Env& env) {
  for (const auto& a : env.prog.ctx_arg_info) {
    if (a.refcounted) return true;
    if (!env.target.has(Feature::every_ref_argument)) break;  // the first alone is looked at
  }
  return false;
}

}  // namespace

Stop check_struct_ops_btf_id(Env& env) {
  constexpr int not_supported = 524;  // ENOTSUPP
  if (!env.prog.linked.gpl_compatible) return env.reject(Msg::StructOpsNeedsGpl);
  if (!env.prog.attach_btf_id || !env.prog.attach_btf) return Stop::refused(not_supported);
  const btf::Btf& btf = *env.prog.attach_btf;
  btf::Type type = btf.type(env.prog.attach_btf_id);
  env.prog.struct_ops_name = type.name();
  if (!btf.find("bpf_struct_ops_" + std::string(type.name()), btf::Kind::Struct))
    return env.reject(Msg::StructOpsNotSupported, env.prog.attach_btf_id);
  const auto index = static_cast<u32>(env.prog.linked.struct_ops_member_idx);
  env.prog.expected_attach_type = index;
  if (index >= type.vlen()) return env.reject(Msg::StructOpsInvalidIndex, index, type.name());
  const btf::Member member = type.member(index);
  env.prog.struct_ops_member = env.prog.attach_func_name = member.name;
  env.prog.attach_func_proto = function_proto(btf, member.type);
  if (!env.prog.attach_func_proto) return env.reject(Msg::StructOpsInvalidMember, member.name, index, type.name());
  if (!struct_ops_type_known(type.name())) return env.unsupported("struct_ops type " + std::string(type.name()));
  const StructOpsStub* stub = struct_ops_stub(type.name(), member.name);
  if (!stub || (env.prog.sleepable && !stub->sleepable)) {
    env.notes.note(Msg::StructOpsUnsupportedMember, member.name, type.name());
    return Stop::refused(stub ? EINVAL : not_supported);
  }
  if (env.target.has(Feature::struct_ops_argument_facts))
    if (Stop stop = collect_argument_facts(env, btf, stub->function)) return stop;
  if (has_refcounted_argument(env))
    for (u32 i = 0; i < env.prog.subprog_cnt; i++)
      if (env.prog.subprogs[i].has_tail_call) return env.reject(Msg::StructOpsRefTailCall);
  return go_on;
}

}  // namespace bpfcheck::sim
