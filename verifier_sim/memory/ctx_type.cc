// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See ctx_type.h.
#include "verifier_sim/memory/ctx_type.h"

#include <algorithm>

namespace bpfcheck::sim {
namespace {

using btf::Kind;

/// "BPF_PROG_TYPE_XDP", from the target's own enum.
std::string_view prog_type_enumerator(const btf::Btf& btf, ProgType type) {
  auto id = btf.find("bpf_prog_type", Kind::Enum);
  if (!id) return "";
  btf::Type e = btf.type(*id);
  for (u32 i = 0; i < e.vlen(); i++)
    if (btf::Enumerator v = e.enumerator(i); v.value == static_cast<s64>(type)) return v.name;
  return "";
}

/// Type of the member of struct bpf_ctx_convert for the resolved program type; 0 where the target has none.
u32 find_ctx_convert(const Env& env, std::string_view suffix) {
  if (!env.target.btf) return 0;
  const btf::Btf& btf = *env.target.btf;
  auto id = btf.find("bpf_ctx_convert", Kind::Struct);
  const std::string name = std::string(prog_type_enumerator(btf, env.prog.type)) + std::string(suffix);
  if (!id) return 0;
  btf::Type convert = btf.type(*id);
  for (u32 i = 0; i < convert.member_count(); i++)
    if (convert.member(i).name == name) return convert.member(i).type;
  return 0;
}

const Program::CtxConvert& ctx_convert(Env& env) {
  if (!env.prog.ctx_convert) env.prog.ctx_convert = {find_ctx_convert(env, "_prog"), find_ctx_convert(env, "_kern")};
  return *env.prog.ctx_convert;
}

bool is_modifier_or_typedef(btf::Type t) { return t.is_modifier() || t.is(Kind::Typedef); }

}  // namespace

bool btf_is_prog_ctx_type(Env& env, const btf::Btf* btf, btf::Type ptr) {
  btf::Type t = btf->type(ptr.type());
  if (env.prog.type == ProgType::KPROBE) {
    btf::Type named = btf->type(btf->skip_mods(t.id()));
    if (named.is(Kind::Typedef) && named.name() == "bpf_user_pt_regs_t") return true;
  }
  t = btf->type(btf->skip_mods_and_typedefs(t.id()));
  if (!t.is_composite()) return false;
  const u32 canonical = ctx_convert(env).prog_type_id;
  if (!canonical) return false;
  const btf::Btf& vmlinux = *env.target.btf;
  for (btf::Type ctx = vmlinux.type(canonical);; ctx = vmlinux.type(vmlinux.skip_mods_and_typedefs(ctx.id()))) {
    if (ctx.name().empty()) return false;
    if (ctx.name() == t.name() || is_projection_of(ctx.name(), t.name())) return true;
    if (!is_modifier_or_typedef(ctx)) return false;
  }
}

Expected<u32> get_kern_ctx_btf_id(Env& env) {
  const u32 id = ctx_convert(env).kern_type_id;
  if (!id)
    return std::unexpected(env.unsupported("context type of a program type that the target's BTF does not describe"));
  if (!env.target.btf->type(id).is_composite()) return std::unexpected(env.reject(Msg::KernCtxNotStruct, id));
  return id;
}

}  // namespace bpfcheck::sim
