// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See match.h.
#include "core_reloc/match.h"

#include <cerrno>

#include "core_reloc/flavour.h"

namespace bpfcheck::core_reloc {
namespace {

using btf::Btf;
using btf::Type;
using T = btf::Kind;
using K = core_reloc::Kind;

constexpr int deepest = 32;

/// A type on each side.
struct Pair {
  const Btf *lb, *tb;
  u32 local, target;

  Type l() const { return lb->type(local); }
  Type t() const { return tb->type(target); }
  Pair at(u32 local_id, u32 target_id) const { return {lb, tb, local_id, target_id}; }
  Pair stripped() const { return at(lb->skip_mods_and_typedefs(local), tb->skip_mods_and_typedefs(target)); }
};

bool same_name(std::string_view local, std::string_view target) {
  return target.empty() ? local.empty() : essential_name(local) == essential_name(target);
}

bool kinds_agree(Type l, Type t) { return l.kind() == t.kind() || (l.is_any_enum() && t.is_any_enum()); }

int compatible(Pair p, int level) {
  if (!kinds_agree(p.l(), p.t())) return 0;
  for (int depth = 0; depth < deepest; depth++) {
    p = p.stripped();
    const Type l = p.l(), t = p.t();
    if (!kinds_agree(l, t)) return 0;
    switch (l.kind()) {
      case T::Void:
      case T::Struct:
      case T::Union:
      case T::Enum:
      case T::Enum64:
      case T::Fwd:
        return 1;
      case T::Int:
        return l.int_offset() == 0 && t.int_offset() == 0;  // integers that are bit-fields are no more
      case T::Ptr:
        p = p.at(l.type(), t.type());
        break;
      case T::Array:
        p = p.at(l.array().elem_type, t.array().elem_type);
        break;
      case T::FuncProto:
        if (l.vlen() != t.vlen()) return 0;
        for (u32 i = 0; i < l.vlen(); i++) {
          if (level <= 0) return -EINVAL;
          if (const int r = compatible(p.at(l.param(i).type, t.param(i).type).stripped(), level - 1); r <= 0) return r;
        }
        p = p.at(l.type(), t.type());
        break;
      default:
        return 0;
    }
  }
  return -EINVAL;
}

int enums_match(Type l, Type t) {
  if (l.size() != t.size() || l.vlen() > t.vlen()) return 0;
  for (u32 i = 0; i < l.vlen(); i++) {
    bool found = false;
    for (u32 j = 0; j < t.vlen() && !found; j++) found = same_name(l.enumerator(i).name, t.enumerator(j).name);
    if (!found) return 0;
  }
  return 1;
}

int match(Pair p, bool behind_ptr, int level);

int composites_match(const Pair& p, bool behind_ptr, int level) {
  const Type l = p.l(), t = p.t();
  if (l.vlen() > t.vlen()) return 0;
  for (u32 i = 0; i < l.vlen(); i++) {
    const btf::Member lm = l.member(i);
    int found = 0;
    for (u32 j = 0; j < t.vlen() && !found; j++) {
      const btf::Member tm = t.member(j);
      if (same_name(lm.name, tm.name)) found = match(p.at(lm.type, tm.type), behind_ptr, level - 1);
    }
    if (found <= 0) return found;
  }
  return 1;
}

/// A forward declaration, or behind a pointer what it declares.
bool declares(Type fwd, Type t, bool behind_ptr) {
  if (t.is(T::Fwd)) return fwd.kind_flag() == t.kind_flag();
  return behind_ptr && t.is(fwd.kind_flag() ? T::Union : T::Struct);
}

int match(Pair p, bool behind_ptr, int level) {
  if (level <= 0) return -EINVAL;
  for (int depth = 0; depth < deepest; depth++) {
    p = p.stripped();
    const Type l = p.l(), t = p.t();
    if (!same_name(l.name(), t.name())) return 0;
    if (l.is(T::Fwd)) return declares(l, t, behind_ptr);
    if (l.is_any_enum()) return t.is_any_enum() ? enums_match(l, t) : 0;
    if (l.is_composite() && behind_ptr)
      return l.kind() == t.kind() || (t.is(T::Fwd) && l.is(T::Union) == t.kind_flag());
    if (l.kind() != t.kind()) return 0;
    switch (l.kind()) {
      case T::Void:
        return 1;
      case T::Struct:
      case T::Union:
        return composites_match(p, behind_ptr, level);
      case T::Int:
        return l.size() == t.size() && l.int_is_signed() == t.int_is_signed();
      case T::Ptr:
        behind_ptr = true;
        p = p.at(l.type(), t.type());
        break;
      case T::Array:
        if (l.array().nelems != t.array().nelems) return 0;
        p = p.at(l.array().elem_type, t.array().elem_type);
        break;
      case T::FuncProto:
        if (l.vlen() != t.vlen()) return 0;
        for (u32 i = 0; i < l.vlen(); i++)
          if (const int r = match(p.at(l.param(i).type, t.param(i).type), behind_ptr, level - 1); r <= 0) return r;
        p = p.at(l.type(), t.type());
        break;
      default:
        return 0;
    }
  }
  return -EINVAL;
}

/// bpf_core_fields_are_compat
int fields_are_compatible(Pair p) {
  for (int depth = 0; depth < deepest * deepest; depth++) {
    p = p.stripped();
    const Type l = p.l(), t = p.t();
    if (l.is_composite() && t.is_composite()) return 1;
    if (!kinds_agree(l, t)) return 0;
    switch (l.kind()) {
      case T::Ptr:
      case T::Float:
        return 1;
      case T::Fwd:
      case T::Enum64:
      case T::Enum: {
        const std::string a = essential_name(l.name()), b = essential_name(t.name());
        return a.empty() || b.empty() || a == b;  // one of them may be anonymous
      }
      case T::Int:
        return l.int_offset() == 0 && t.int_offset() == 0;
      case T::Array:
        p = p.at(l.array().elem_type, t.array().elem_type);
        break;
      default:
        return 0;
    }
  }
  return -EINVAL;
}

/// Follows one named member into a target type, through anonymous structs and unions; `next` is then the member's type.
int match_member(const Btf& lb, const Accessor& want, const Btf& tb, u32 target_id, Spec& spec, u32& next) {
  target_id = tb.skip_mods_and_typedefs(target_id);
  const Type t = tb.type(target_id);
  if (!t.is_composite()) return 0;
  for (u32 i = 0; i < t.vlen(); i++) {
    if (spec.raw.size() >= max_spec_len) return -E2BIG;
    const btf::Member m = t.member(i);
    spec.bit_offset += m.bit_offset;
    spec.raw.push_back(i);
    if (m.name.empty()) {
      if (const int found = match_member(lb, want, tb, m.type, spec, next)) return found;
    } else if (m.name == want.name) {
      spec.accessors.push_back({target_id, i, m.name});
      next = m.type;
      const int found = fields_are_compatible({&lb, &tb, lb.type(want.type_id).member(want.index).type, m.type});
      if (!found) spec.accessors.pop_back();
      return found;
    }
    spec.bit_offset -= m.bit_offset;
    spec.raw.pop_back();
  }
  return 0;
}

int match_enumerator(const Accessor& want, const Btf& tb, u32 target_id, Spec& spec) {
  target_id = tb.skip_mods_and_typedefs(target_id);
  const Type t = tb.type(target_id);
  if (!t.is_any_enum()) return 0;
  const std::string name = essential_name(want.name);
  for (u32 i = 0; i < t.vlen(); i++)
    if (essential_name(t.enumerator(i).name) == name) {
      spec.accessors.push_back({target_id, i, t.enumerator(i).name});
      spec.raw.push_back(i);
      return 1;
    }
  return 0;
}

int match_field(const Spec& local, const Btf& tb, u32 target_id, Spec& spec) {
  for (size_t i = 0; i < local.accessors.size(); i++) {
    const Accessor& want = local.accessors[i];
    target_id = tb.skip_mods_and_typedefs(target_id);
    if (!want.name.empty()) {
      if (const int found = match_member(*local.btf, want, tb, target_id, spec, target_id); found <= 0) return found;
      continue;
    }
    // The first index steps over whole objects of the root type; later ones are into arrays.
    if (i > 0) {
      const Type t = tb.type(target_id);
      if (!t.is(T::Array)) return 0;
      const btf::ArrayInfo a = t.array();
      if (!is_flexible_array(tb, spec.accessors.back(), a) && want.index >= a.nelems) return 0;
      target_id = tb.skip_mods_and_typedefs(a.elem_type);
    }
    if (spec.raw.size() == max_spec_len) return -E2BIG;
    spec.accessors.push_back({target_id, want.index, {}});
    spec.raw.push_back(want.index);
    const auto size = tb.size_of(target_id);
    if (!size) return -EINVAL;
    spec.bit_offset += static_cast<u32>(want.index * *size * 8);
  }
  return 1;
}

}  // namespace

int types_are_compatible(const Btf& lb, u32 local_id, const Btf& tb, u32 target_id) {
  return compatible({&lb, &tb, local_id, target_id}, deepest);
}

int types_match(const Btf& lb, u32 local_id, const Btf& tb, u32 target_id) {
  return match({&lb, &tb, local_id, target_id}, false, deepest);
}

std::expected<std::optional<Spec>, int> match_spec(const Spec& local, const Btf& tb, u32 target_id) {
  Spec spec;
  spec.btf = &tb;
  spec.root_type_id = target_id;
  spec.kind = local.kind;
  int found = -EINVAL;
  if (local.kind == K::TypeMatches)
    found = types_match(*local.btf, local.root_type_id, tb, target_id);
  else if (is_type_based(local.kind))
    found = types_are_compatible(*local.btf, local.root_type_id, tb, target_id);
  else if (is_enumval_based(local.kind))
    found = match_enumerator(local.accessors[0], tb, target_id, spec);
  else if (is_field_based(local.kind))
    found = match_field(local, tb, target_id, spec);
  if (found < 0) return std::unexpected(found);
  return found ? std::optional(std::move(spec)) : std::nullopt;
}

}  // namespace bpfcheck::core_reloc
