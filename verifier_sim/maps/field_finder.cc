// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See field_finder.h.
#include "verifier_sim/maps/field_finder.h"

#include <algorithm>
#include <cerrno>
#include <optional>

namespace bpfcheck::sim::maps {
namespace {

using btf::Btf;
using btf::Kind;
using btf::Type;

constexpr u32 MAX_RESOLVE_DEPTH = 32;
constexpr size_t MAX_FIELDS = 11;

constexpr Special specials[] = {
    {FIELD_SPIN_LOCK, "bpf_spin_lock", 4, 4, true},   {FIELD_RES_SPIN_LOCK, "bpf_res_spin_lock", 4, 4, true},
    {FIELD_TIMER, "bpf_timer", 16, 8, true},          {FIELD_WORKQUEUE, "bpf_wq", 16, 8, true},
    {FIELD_TASK_WORK, "bpf_task_work", 8, 8, true},   {FIELD_LIST_HEAD, "bpf_list_head", 16, 8, false},
    {FIELD_LIST_NODE, "bpf_list_node", 24, 8, false}, {FIELD_RB_ROOT, "bpf_rb_root", 16, 8, false},
    {FIELD_RB_NODE, "bpf_rb_node", 32, 8, false},     {FIELD_REFCOUNT, "bpf_refcount", 4, 4, false}};
constexpr Special pointer = {FIELD_KPTR_REF, "", 8, 8, false};

/// What came when; locks were there before.
struct Since {
  u32 fields;
  Feature feature;
};
constexpr Since arrivals[] = {{FIELD_TIMER, Feature::bpf_timer},
                              {FIELD_KPTR_REF | FIELD_KPTR_UNREF, Feature::kptr},
                              {FIELD_LIST_HEAD | FIELD_LIST_NODE, Feature::field_records},
                              {FIELD_RB_ROOT | FIELD_RB_NODE, Feature::rbtree},
                              {FIELD_REFCOUNT, Feature::refcount},
                              {FIELD_KPTR_PERCPU, Feature::percpu_kptr},
                              {FIELD_WORKQUEUE, Feature::workqueue},
                              {FIELD_UPTR, Feature::uptr},
                              {FIELD_RES_SPIN_LOCK, Feature::resilient_spin_lock},
                              {FIELD_TASK_WORK, Feature::task_work}};

struct PointerTag {
  std::string_view name;
  FieldType type;
};
constexpr PointerTag pointer_tags[] = {{"kptr_untrusted", FIELD_KPTR_UNREF},
                                       {"kptr", FIELD_KPTR_REF},
                                       {"percpu_kptr", FIELD_KPTR_PERCPU},
                                       {"uptr", FIELD_UPTR}};
constexpr PointerTag first_pointer_tags[] = {{"kptr", FIELD_KPTR_UNREF}, {"kptr_ref", FIELD_KPTR_REF}};

/// What a tag says of a pointer; none where the target does not know it.
std::optional<FieldType> tagged(std::string_view name, const Target& target) {
  const std::span<const PointerTag> tags =
      target.has(Feature::local_kptrs) ? std::span<const PointerTag>(pointer_tags) : first_pointer_tags;
  const auto known = std::ranges::find(tags, name, &PointerTag::name);
  if (known == tags.end() || !(known->type & known_fields(target))) return std::nullopt;
  return known->type;
}

/// A pointer tagged as kptr, if it is one.
Expected<std::optional<Found>> find_kptr(const Btf& btf, u32 id, u32 off, u32 mask, const Target& target) {
  Type t = btf.type(id);
  if (t.is(Kind::Volatile)) t = btf.type(t.type());
  if (!t.is(Kind::Ptr)) return std::nullopt;
  const Type tag = btf.type(t.type());
  if (!tag.is(Kind::TypeTag) || tag.kind_flag()) return std::nullopt;
  if (btf.type(tag.type()).is(Kind::TypeTag)) return std::unexpected(Stop::refused(EINVAL));
  const auto type = tagged(tag.name(), target);
  if (!type) return std::unexpected(Stop::refused(EINVAL));
  if (!(*type & mask)) return std::nullopt;
  const u32 pointee = btf.skip_mods_and_typedefs(tag.type());
  if (!btf.type(pointee).is(Kind::Struct)) return std::unexpected(Stop::refused(EINVAL));
  return Found{*type, off, pointee, {}};
}

/// Walks a type for special fields, arrays and structures within it included (btf_find_field and below).
class Finder {
 public:
  Finder(const Btf& btf, u32 mask, const Target& target)
      : btf_(btf), target_(target), mask_(mask & known_fields(target)), deep_(target.has(Feature::nested_fields)) {}

  Stop run(u32 id, FoundList& out) {
    const Type t = btf_.type(id);
    if (t.is(Kind::Struct)) return members(t, out, 0);
    if (t.is(Kind::DataSec)) return variables(t, out);
    return Stop::refused(EINVAL);
  }

 private:
  /// Where a field stands: the declaration that may carry a tag, and its place.
  struct Place {
    u32 decl_id;
    s32 component;
    u32 off, expected_size;
  };

  Stop members(const Type& t, FoundList& out, u32 level) {
    u32 seen = 0;
    for (u32 i = 0; i < t.member_count(); i++) {
      const btf::Member m = t.member(i);
      if (m.bit_offset % 8) return Stop::refused(EINVAL);
      if (Stop stop = one({t.id(), static_cast<s32>(i), m.bit_offset / 8, 0}, m.type, seen, out, level)) return stop;
    }
    return go_on;
  }

  Stop variables(const Type& t, FoundList& out) {
    u32 seen = 0;
    for (u32 i = 0; i < t.vlen(); i++) {
      const btf::SecVar v = t.sec_var(i);
      if (Stop stop = one({v.type, -1, v.offset, v.size}, btf_.type(v.type).type(), seen, out, 0)) return stop;
    }
    return go_on;
  }

  Stop one(const Place& at, u32 type_id, u32& seen, FoundList& out, u32 level) {
    u32 nelems = 1, depth = 0;
    Type t = btf_.type(type_id);
    for (; deep_ && depth < MAX_RESOLVE_DEPTH && t.is(Kind::Array); depth++) {
      nelems *= t.array().nelems;
      t = btf_.type(t.array().elem_type);
    }
    if (depth == MAX_RESOLVE_DEPTH) return Stop::refused(E2BIG);
    if (!nelems) return go_on;
    const Special* kind = nullptr;
    if (Stop stop = kind_of(t, seen, kind)) return stop;
    if (!kind) {
      if (!deep_ || !t.is(Kind::Struct) || (at.expected_size && at.expected_size != t.size() * nelems)) return go_on;
      return nested(t, at.off, nelems, out, level + 1);
    }
    if ((at.expected_size && at.expected_size != kind->size * nelems) || at.off % kind->align) return go_on;
    const size_t first = out.size();
    const Expected<std::optional<Found>> found = find_one(*kind, at, t);
    if (!found) return found.error();
    if (!*found) return go_on;
    if (first >= MAX_FIELDS) return Stop::refused(E2BIG);
    out.push_back(**found);
    return repeat(out, first, nelems, kind->size);
  }

  /// Which special field a type is by its name; any other than a structure may be a tagged pointer.
  Stop kind_of(const Type& t, u32& seen, const Special*& kind) const {
    for (const Special& s : specials) {
      if (!(mask_ & s.type) || t.name() != s.name) continue;
      if (s.unique && (seen & s.type)) return Stop::refused(E2BIG);
      if (s.unique) seen |= s.type;
      kind = &s;
      return go_on;
    }
    if ((mask_ & (FIELD_KPTR | FIELD_UPTR)) && !t.is(Kind::Struct)) kind = &pointer;
    return go_on;
  }

  Expected<std::optional<Found>> find_one(const Special& kind, const Place& at, const Type& t) const {
    if (&kind == &pointer) return find_kptr(btf_, t.id(), at.off, mask_, target_);
    if (!t.is(Kind::Struct) || t.size() != kind.size) return std::nullopt;
    Found f{kind.type, at.off, 0, {}};
    if (kind.type & FIELD_GRAPH_ROOT)
      if (Stop stop = graph_root(at, f)) return std::unexpected(stop);
    return f;
  }

  /// The tag "contains:TYPE:MEMBER" says what a list or tree holds.
  Stop graph_root(const Place& at, Found& out) const {
    constexpr std::string_view key = "contains:";
    std::string_view value;
    int tags = 0;
    for (std::string_view tag : btf_.decl_tags(at.decl_id, at.component))
      if (tag.starts_with(key)) value = tag.substr(key.size()), tags++;
    const size_t colon = value.find(':');
    if (tags != 1 || colon == std::string_view::npos) return Stop::refused(EINVAL);
    const auto id = btf_.find(value.substr(0, colon), Kind::Struct);
    if (!id) return Stop::refused(ENOENT);
    out.type_id = *id;
    out.node_name = value.substr(colon + 1);
    return out.node_name.empty() ? Stop::refused(EINVAL) : go_on;
  }

  Stop nested(const Type& t, u32 off, u32 nelems, FoundList& out, u32 level) {
    if (level >= MAX_RESOLVE_DEPTH) return Stop::refused(E2BIG);
    const size_t first = out.size();
    if (Stop stop = members(t, out, level)) return stop;
    for (size_t i = first; i < out.size(); i++) out[i].off += off;
    return first == out.size() ? go_on : repeat(out, first, nelems, t.size());
  }

  /// The fields from `first` on are those of an array's first element.
  static Stop repeat(FoundList& out, size_t first, u32 nelems, u32 elem_size) {
    if (nelems <= 1) return go_on;
    const size_t n = out.size() - first;
    for (size_t i = 0; i < n; i++)
      if (!(out[first + i].type & (FIELD_KPTR | FIELD_UPTR | FIELD_GRAPH_ROOT))) return Stop::refused(EINVAL);
    if (n * nelems > MAX_FIELDS - first) return Stop::refused(E2BIG);
    for (u32 e = 1; e < nelems; e++)
      for (size_t i = 0; i < n; i++) {
        Found f = out[first + i];
        f.off += e * elem_size;
        out.push_back(f);
      }
    return go_on;
  }

  const Btf& btf_;
  const Target& target_;
  const u32 mask_;
  const bool deep_;  ///< looks into arrays and structures
};

}  // namespace

u32 known_fields(const Target& target) {
  u32 fields = FIELD_SPIN_LOCK;
  for (const Since& s : arrivals)
    if (target.has(s.feature)) fields |= s.fields;
  return fields;
}

std::span<const Special> special_types() { return specials; }

u32 field_size(FieldType type) {
  const auto* it = std::ranges::find(specials, type, &Special::type);
  return it == std::end(specials) ? pointer.size : it->size;
}

Stop find_fields(const Btf& btf, u32 type_id, u32 field_mask, const Target& target, FoundList& out) {
  return Finder(btf, field_mask, target).run(type_id, out);
}

bool is_kptr(const Btf& btf, u32 type_id, const Target& target) {
  const auto found = find_kptr(btf, type_id, 0, FIELD_KPTR, target);
  return found && *found;
}

}  // namespace bpfcheck::sim::maps
