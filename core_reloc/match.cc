// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See match.h.
#include "core_reloc/match.h"

#include "core_reloc/flavour.h"

namespace bpfcheck::core_reloc {
namespace {

using btf::Btf;
using btf::Type;
using T = btf::Kind;
using K = core_reloc::Kind;

bool same_essential_name(std::string_view a, std::string_view b) { return essential_name(a) == essential_name(b); }

bool kinds_match(Type l, Type t) { return l.kind() == t.kind() || (l.is_any_enum() && t.is_any_enum()); }

bool enums_match(Type l, Type t) {
  for (u32 i = 0; i < l.vlen(); i++) {
    std::string want = essential_name(l.enumerator(i).name);
    bool found = false;
    for (u32 j = 0; j < t.vlen() && !found; j++) found = essential_name(t.enumerator(j).name) == want;
    if (!found) return false;
  }
  return true;
}

bool composites_match(const Btf& lb, Type l, const Btf& tb, Type t, bool behind_ptr, int level) {
  for (u32 i = 0; i < l.vlen(); i++) {
    btf::Member lm = l.member(i);
    bool found = false;
    for (u32 j = 0; j < t.vlen() && !found; j++) {
      btf::Member tm = t.member(j);
      if (lm.name != tm.name) continue;
      found = types_match(lb, lm.type, tb, tm.type, behind_ptr, level - 1);
    }
    if (!found) return false;
  }
  return true;
}

/// Both are this kind of prototype: as many parameters, each pair compatible by `same`.
template <class Same>
bool prototypes_agree(const Btf& lb, Type l, const Btf& tb, Type t, Same same) {
  if (l.vlen() != t.vlen()) return false;
  for (u32 i = 0; i < l.vlen(); i++)
    if (!same(lb.skip_mods(l.param(i).type), tb.skip_mods(t.param(i).type))) return false;
  return same(lb.skip_mods(l.type()), tb.skip_mods(t.type()));
}

/// Follows one named member into a target type, through anonymous structs and unions. Returns the member's type.
std::optional<u32> match_member(const Btf& lb, const Accessor& want, const Btf& tb, u32 target_id, Spec& spec, int depth) {
  if (spec.raw.size() >= max_spec_len || depth > 32) return std::nullopt;
  target_id = tb.skip_mods_and_typedefs(target_id);
  Type t = tb.type(target_id);
  if (!t.is_composite()) return std::nullopt;
  const u32 local_member_type = lb.type(want.type_id).member(want.index).type;
  for (u32 i = 0; i < t.vlen(); i++) {
    btf::Member m = t.member(i);
    spec.bit_offset += m.bit_offset;
    spec.raw.push_back(i);
    if (m.name.empty()) {
      if (auto found = match_member(lb, want, tb, m.type, spec, depth + 1)) return found;
    } else if (m.name == want.name) {
      spec.accessors.push_back({target_id, i, m.name});
      if (fields_are_compatible(lb, local_member_type, tb, m.type)) return m.type;
      spec.accessors.pop_back();
      return std::nullopt;
    }
    spec.bit_offset -= m.bit_offset;
    spec.raw.pop_back();
  }
  return std::nullopt;
}

}  // namespace

bool types_are_compatible(const Btf& lb, u32 local_id, const Btf& tb, u32 target_id, int level) {
  for (;;) {
    if (--level < 0) return false;
    Type l = lb.type(local_id = lb.skip_mods_and_typedefs(local_id)), t = tb.type(target_id = tb.skip_mods_and_typedefs(target_id));
    if (!kinds_match(l, t)) return false;
    switch (l.kind()) {
      case T::Void: case T::Struct: case T::Union: case T::Enum: case T::Enum64: case T::Fwd: return true;
      case T::Int: return l.int_offset() == 0 && t.int_offset() == 0;
      case T::Ptr:
        local_id = l.type();
        target_id = t.type();
        break;
      case T::Array:
        local_id = l.array().elem_type;
        target_id = t.array().elem_type;
        break;
      case T::FuncProto: {
        if (l.vlen() != t.vlen()) return false;
        for (u32 i = 0; i < l.vlen(); i++)
          if (!types_are_compatible(lb, l.param(i).type, tb, t.param(i).type, level)) return false;
        local_id = l.type();
        target_id = t.type();
        break;
      }
      default: return false;
    }
  }
}

bool types_match(const Btf& lb, u32 local_id, const Btf& tb, u32 target_id, bool behind_ptr, int level) {
  if (level <= 0) return false;
  Type l = lb.type(local_id = lb.skip_mods(local_id)), t = tb.type(target_id = tb.skip_mods(target_id));
  if (!same_essential_name(l.name(), t.name())) return false;
  if (l.kind() != t.kind()) {
    if (behind_ptr) {
      if (l.is(T::Fwd) && t.is(l.kind_flag() ? T::Union : T::Struct)) return true;
      if (t.is(T::Fwd) && l.is(t.kind_flag() ? T::Union : T::Struct)) return true;
    }
    if (!(l.is_any_enum() && t.is_any_enum())) return false;
  }
  switch (l.kind()) {
    case T::Void: return true;
    case T::Fwd: return l.kind_flag() == t.kind_flag();
    case T::Enum: case T::Enum64: return enums_match(l, t);
    case T::Struct:
    case T::Union: return behind_ptr || composites_match(lb, l, tb, t, behind_ptr, level);
    case T::Int: return l.int_offset() == 0 && t.int_offset() == 0 && l.size() == t.size() && (l.int_encoding() & btf::int_signed) == (t.int_encoding() & btf::int_signed);
    case T::Float: return l.size() == t.size();
    case T::Typedef: return types_match(lb, l.type(), tb, t.type(), behind_ptr, level - 1);
    case T::Ptr: return types_match(lb, l.type(), tb, t.type(), true, level - 1);
    case T::Array:
      return l.array().nelems == t.array().nelems && types_match(lb, l.array().elem_type, tb, t.array().elem_type, behind_ptr, level - 1);
    case T::FuncProto:
      return prototypes_agree(lb, l, tb, t, [&](u32 a, u32 b) { return types_match(lb, a, tb, b, behind_ptr, level - 1); });
    default: return false;
  }
}

bool fields_are_compatible(const Btf& lb, u32 local_id, const Btf& tb, u32 target_id) {
  for (int depth = 0; depth < 64; depth++) {
    Type l = lb.type(lb.skip_mods_and_typedefs(local_id)), t = tb.type(tb.skip_mods_and_typedefs(target_id));
    if (l.is_composite() && t.is_composite()) return true;
    if (!kinds_match(l, t)) return false;
    switch (l.kind()) {
      case T::Ptr: case T::Float: return true;
      case T::Fwd: case T::Enum64: case T::Enum: {
        std::string a = essential_name(l.name()), b = essential_name(t.name());
        return a.empty() || b.empty() || a == b;  // one of them may be anonymous
      }
      case T::Int: return l.int_offset() == 0 && t.int_offset() == 0;
      case T::Array:
        local_id = l.array().elem_type;
        target_id = t.array().elem_type;
        break;
      default: return false;
    }
  }
  return false;
}

std::optional<Spec> match_spec(const Spec& local, const Btf& tb, u32 target_id) {
  Spec spec;
  spec.btf = &tb;
  spec.root_type_id = target_id;
  spec.kind = local.kind;
  if (is_type_based(local.kind)) {
    bool ok = local.kind == K::TypeMatches ? types_match(*local.btf, local.root_type_id, tb, target_id)
                                           : types_are_compatible(*local.btf, local.root_type_id, tb, target_id);
    return ok ? std::optional(spec) : std::nullopt;
  }
  const Accessor& first = local.accessors[0];
  if (is_enumval_based(local.kind)) {
    u32 id = tb.skip_mods_and_typedefs(target_id);
    Type t = tb.type(id);
    if (!t.is_any_enum()) return std::nullopt;
    std::string want = essential_name(first.name);
    for (u32 i = 0; i < t.vlen(); i++)
      if (essential_name(t.enumerator(i).name) == want) {
        spec.accessors.push_back({id, i, t.enumerator(i).name});
        spec.raw.push_back(i);
        return spec;
      }
    return std::nullopt;
  }
  if (!is_field_based(local.kind)) return std::nullopt;
  for (size_t i = 0; i < local.accessors.size(); i++) {
    const Accessor& want = local.accessors[i];
    if (!want.name.empty()) {
      auto next = match_member(*local.btf, want, tb, target_id, spec, 0);
      if (!next) return std::nullopt;
      target_id = *next;
      continue;
    }
    // The first index steps over whole objects of the root type; later ones are into arrays.
    if (i > 0) {
      Type t = tb.type(tb.skip_mods_and_typedefs(target_id));
      if (!t.is(T::Array)) return std::nullopt;
      btf::ArrayInfo a = t.array();
      if (!is_flexible_array(tb, spec.accessors.back(), a) && want.index >= a.nelems) return std::nullopt;
      target_id = tb.skip_mods_and_typedefs(a.elem_type);
    }
    if (spec.raw.size() == max_spec_len) return std::nullopt;
    spec.accessors.push_back({target_id, want.index, {}});
    spec.raw.push_back(want.index);
    auto size = tb.size_of(target_id);
    if (!size) return std::nullopt;
    spec.bit_offset += static_cast<u32>(want.index * *size * 8);
  }
  return spec;
}

}  // namespace bpfcheck::core_reloc
