// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See btf_write.h.
#include "verifier_sim/memory/btf_write.h"

#include <optional>

#include "kernel_db/struct_ops.h"

namespace bpfcheck::sim {
namespace {

struct Place {
  u32 type_id;
  u32 begin, end;
};

/// A member by name, also one of an anonymous member's.
std::optional<Place> member_place(const btf::Btf& btf, u32 type_id, std::string_view name) {
  btf::Type t = btf.type(btf.skip_mods_and_typedefs(type_id));
  if (!t.is_composite()) return std::nullopt;
  for (u32 i = 0; i < t.vlen(); i++) {
    const btf::Member m = t.member(i);
    const u32 at = m.bit_offset / 8;
    if (m.name == name) return Place{m.type, at, at + static_cast<u32>(btf.size_of(m.type).value_or(0))};
    if (!m.name.empty()) continue;
    if (auto inner = member_place(btf, m.type, name)) return Place{inner->type_id, at + inner->begin, at + inner->end};
  }
  return std::nullopt;
}

/// Follows a path of kernel_db/writable_members.def.
std::optional<Place> resolve_path(const btf::Btf& btf, std::string_view path) {
  Place at{0, 0, 0};
  bool overlay = true;  // the next name is a structure's
  while (!path.empty()) {
    const size_t cut = path.find_first_of("./");
    const std::string_view name = path.substr(0, cut);
    if (overlay) {
      auto id = btf.find(name, btf::Kind::Struct);
      if (!id) return std::nullopt;
      at = {*id, at.begin, at.begin + btf.type(*id).size()};
    } else {
      auto m = member_place(btf, at.type_id, name);
      if (!m) return std::nullopt;
      at = {m->type_id, at.begin + m->begin, at.begin + m->end};
    }
    overlay = cut != std::string_view::npos && path[cut] == '/';
    path = cut == std::string_view::npos ? "" : path.substr(cut + 1);
  }
  return at;
}

std::string_view owner_of(const Env& env) {
  return env.prog.type == ProgType::STRUCT_OPS ? env.prog.struct_ops_name : "nf_conn";
}

struct Found {
  bool object = false, member = false;
  u32 end = 0;
};

/// The member that may be written at `off` of this object. In rules that let a write begin anywhere, `end` bounds it.
Found find_member(const Target& target, std::string_view owner, const btf::Btf& btf, std::string_view object, u32 off) {
  Found f;
  for (const WritableMember& w : writable_members()) {
    if (w.owner != owner || w.object != object) continue;
    f.object = true;
    if (w.since && !target.has(*w.since)) continue;
    auto place = resolve_path(btf, w.path);
    if (!place) continue;
    if (w.exact ? off != place->begin : off < place->begin || off >= place->end) continue;
    f.member = true;
    f.end = place->end;
  }
  return f;
}

}  // namespace

bool has_object_writes(const Env& env) {
  using enum ProgType;
  if (env.prog.type == STRUCT_OPS) return env.prog.struct_ops_name != "smc_hs_ctrl";
  return env.prog.type == SCHED_CLS || env.prog.type == SCHED_ACT || env.prog.type == XDP;
}

Stop check_object_write(Env& env, const Reg& reg, int off, int size) {
  const std::string_view owner = owner_of(env);
  if (owner == "hid_bpf_ops") return env.unsupported("stores into kernel objects of hid_bpf_ops");
  // The kernel's connection tracking answers, where it is there.
  if (owner == "nf_conn" && !env.target.has_func("_nf_conntrack_btf_struct_access")) return Stop::refused(EACCES);
  const btf::Btf& btf = *reg.u.btf;
  const std::string_view object = btf.type(reg.u.btf_id).name();
  const Found f = find_member(env.target, owner, btf, object, static_cast<u32>(off));
  const bool fits = f.member && static_cast<u32>(off + size) <= f.end;
  if (fits) return go_on;
  if (owner == "sched_ext_ops") return Stop::refused(EACCES);
  if (owner == "bpf_dummy_ops")
    return f.object ? env.reject(Msg::DummyOpsBeyond, off, size) : env.reject(Msg::DummyOpsOnly);
  if (!f.object) return env.reject(Msg::BtfReadOnly);
  const std::string_view name = owner == "nf_conn" ? "nf_conn" : object;
  return f.member ? env.reject(Msg::WriteBeyondMember, off, size, name, f.end)
                  : env.reject(Msg::NoWriteSupport, name, off);
}

}  // namespace bpfcheck::sim
