// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See words.h.
#include "core_reloc/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core_reloc/flavour.h"

namespace bpfcheck::core_reloc {
namespace {

using btf::Btf;
using btf::Type;
using T = btf::Kind;

constexpr size_t most_suggestions = 3, longest_name = 64;
constexpr u32 deepest_type = 16;

std::string type_words(const Btf& btf, u32 id) {
  std::string after;
  for (u32 depth = 0; depth < deepest_type; depth++) {
    const Type t = btf.type(id);
    switch (t.kind()) {
      case T::Ptr:
        after.insert(0, after.empty() || after[0] != '*' ? " *" : "*");
        break;
      case T::Const:
      case T::Volatile:
      case T::Restrict:
      case T::TypeTag:
        break;
      case T::Array:
        after.insert(0, fmt::format("[{}]", t.array().nelems));
        break;
      case T::FuncProto:
        return "function" + after;
      case T::Struct:
      case T::Union:
      case T::Enum:
      case T::Enum64:
      case T::Fwd: {
        const std::string_view kind = t.is_any_enum()                                     ? "enum"
                                      : t.is(T::Union) || (t.is(T::Fwd) && t.kind_flag()) ? "union"
                                                                                          : "struct";
        return fmt::format("{} {}{}", kind, t.name().empty() ? "(anonymous)" : t.name(), after);
      }
      default:
        return fmt::format("{}{}", t.is(T::Void) ? "void" : t.name(), after);
    }
    id = t.is(T::Array) ? t.array().elem_type : t.type();
  }
  return "";
}

std::string named(const Btf& btf, Type t) {
  if (t.is(T::Int) || t.is(T::Float) || t.is(T::Typedef)) return std::string(t.name());
  return type_words(btf, t.id());
}

/// Levenshtein's distance.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); i++) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); j++) {
      const size_t up = row[j + 1];
      row[j + 1] = std::min({up + 1, row[j] + 1, diagonal + (a[i] != b[j])});
      diagonal = up;
    }
  }
  return row[b.size()];
}

/// Names that are alike: few letters differ, or one is a part of the other.
class Suggestions {
 public:
  explicit Suggestions(std::string_view wanted) : wanted_(wanted.substr(0, longest_name)) {}
  void offer(std::string_view name) {
    if (name.empty() || name.size() > longest_name || !seen_.insert(std::string(name)).second) return;
    const size_t longer = std::max(name.size(), wanted_.size()), shorter = std::min(name.size(), wanted_.size());
    const bool part = shorter >= 3 && (name.contains(wanted_) || wanted_.contains(name));
    if (!part && longer - shorter > longer / 2) return;
    const size_t d = part ? 1 + (longer - shorter) / 4 : distance(name, wanted_);
    if (part || d * 2 <= longer) found_.emplace(d, name);
  }
  std::vector<std::string> best() const {
    std::vector<std::string> out;
    for (const auto& [d, name] : found_)
      if (out.size() < most_suggestions) out.push_back(name);
    return out;
  }

 private:
  const std::string wanted_;
  std::set<std::string> seen_;
  std::multimap<size_t, std::string> found_;
};

/// Members by name, those of anonymous structs and unions within included.
template <class Each>
void each_member(const Btf& btf, u32 id, u32 depth, Each each) {
  const Type t = btf.type(btf.skip_mods_and_typedefs(id));
  if (!t.is_composite() || depth > deepest_type) return;
  for (u32 i = 0; i < t.vlen(); i++) {
    const btf::Member m = t.member(i);
    if (m.name.empty())
      each_member(btf, m.type, depth + 1, each);
    else
      each(m);
  }
}

std::vector<u32> candidates(const Btf& target, Type local) {
  const std::string name = essential_name(local.name());
  std::vector<u32> ids = target.find_all(name);
  for (u32 id : target.find_flavours(name)) ids.push_back(id);
  std::erase_if(ids, [&](u32 id) {
    const Type t = target.type(id);
    return t.kind() != local.kind() && !(t.is_any_enum() && local.is_any_enum());
  });
  return ids;
}

Missing no_type(const Btf& target, const Btf& local_btf, Type local) {
  const std::string name = essential_name(local.name());
  Suggestions like(name);
  for (u32 id = target.first_id(); id < target.type_count(); id++)
    if (target.type(id).kind() == local.kind()) like.offer(target.type(id).name());
  std::string what = named(local_btf, local);
  if (const auto at = what.rfind(local.name()); at != std::string::npos) what.replace(at, local.name().size(), name);
  return {fmt::format("no {}", what), like.best()};
}

Missing no_enumerator(const Btf& target, u32 id, std::string_view wanted) {
  const Type t = target.type(target.skip_mods_and_typedefs(id));
  const std::string name = essential_name(wanted);
  Suggestions like(name);
  for (u32 i = 0; i < t.vlen(); i++) {
    if (essential_name(t.enumerator(i).name) == name) return {};
    like.offer(t.enumerator(i).name);
  }
  return {fmt::format("{} has no enumerator {}", type_words(target, t.id()), name), like.best()};
}

Missing no_field(const Spec& local, const Btf& target, u32 id) {
  for (size_t i = 0; i < local.accessors.size(); i++) {
    const Accessor& want = local.accessors[i];
    const Type t = target.type(target.skip_mods_and_typedefs(id));
    if (want.name.empty()) {
      if (i == 0) continue;
      if (!t.is(T::Array)) return {fmt::format("{} is no array", type_words(target, id)), {}};
      if (want.index >= t.array().nelems && t.array().nelems)
        return {fmt::format("the array has {} elements only", t.array().nelems), {}};
      id = t.array().elem_type;
      continue;
    }
    std::optional<btf::Member> found;
    Suggestions like(want.name);
    each_member(target, id, 0, [&](const btf::Member& m) {
      if (m.name == want.name && !found) found = m;
      like.offer(m.name);
    });
    if (!found) return {fmt::format("{} has no member '{}'", type_words(target, t.id()), want.name), like.best()};
    const u32 mine = local.btf->type(want.type_id).member(want.index).type;
    const Type l = local.btf->type(local.btf->skip_mods_and_typedefs(mine)),
               k = target.type(target.skip_mods_and_typedefs(found->type));
    if (l.kind() != k.kind() && !(l.is_composite() && k.is_composite()) && !(l.is_any_enum() && k.is_any_enum()))
      return {fmt::format("member '{}' is of another kind there: {} instead of {}", want.name,
                          type_words(target, found->type), type_words(*local.btf, mine)),
              {}};
    id = found->type;
  }
  return {};
}

}  // namespace

std::string_view question_words(Kind k) {
  static constexpr std::string_view words[] = {
      "byte offset",   "size",    "existence",      "signedness", "left shift",           "right shift",
      "local type id", "type id", "type existence", "type size",  "enumerator existence", "enumerator value",
      "type match"};
  const auto i = static_cast<size_t>(k);
  return i < std::size(words) ? words[i] : "unknown";
}

std::string path_words(const Spec& s) {
  std::string out = named(*s.btf, s.btf->type(s.root_type_id));
  if (is_enumval_based(s.kind)) return fmt::format("{}::{}", out, s.accessors[0].name);
  for (size_t i = 0; i < s.accessors.size(); i++) {
    const Accessor& a = s.accessors[i];
    if (!a.name.empty())
      out += fmt::format(".{}", a.name);
    else if (i || a.index)
      out += fmt::format("[{}]", a.index);
  }
  return out;
}

std::string field_type_words(const Spec& s) {
  if (!is_field_based(s.kind) || s.accessors.size() < 2) return "";
  const Accessor& last = s.accessors.back();
  if (last.name.empty()) return type_words(*s.btf, last.type_id);
  const btf::Member m = s.btf->type(last.type_id).member(last.index);
  return m.bitfield_size ? fmt::format("{} : {}", type_words(*s.btf, m.type), m.bitfield_size)
                         : type_words(*s.btf, m.type);
}

Missing why_missing(const Spec& local, const Btf& target) {
  const Type root = local.btf->type(local.root_type_id);
  const std::vector<u32> ids = candidates(target, root);
  if (ids.empty()) return no_type(target, *local.btf, root);
  if (is_enumval_based(local.kind)) return no_enumerator(target, ids.front(), local.accessors[0].name);
  if (is_field_based(local.kind)) return no_field(local, target, ids.front());
  return {fmt::format("{} is another there", named(*local.btf, root)), {}};
}

}  // namespace bpfcheck::core_reloc
