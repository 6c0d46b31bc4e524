// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Look-ups by name, and of declaration tags: tables built on first use.
#include <algorithm>

#include "btf/btf.h"

namespace bpfcheck::btf {

struct Btf::Index {
  std::unordered_multimap<std::string_view, u32> by_name;
  std::unordered_map<u32, std::vector<u32>> tags;  ///< declaration tags by the type they stand on
};

const Btf::Index& Btf::index() const {
  std::call_once(index_once_, [this] {
    auto index = std::make_shared<Index>();
    index->by_name.reserve(offsets_.size());
    for (u32 id = start_id_; id < type_count(); id++) {
      Type t = type(id);
      if (t.is(Kind::DeclTag)) index->tags[t.type()].push_back(id);
      else if (u32 off = t.name_off()) index->by_name.emplace(string(off), id);
    }
    index_ = std::move(index);
  });
  return *index_;
}

std::optional<u32> Btf::find(std::string_view name, Kind kind) const {
  if (base_)
    if (auto id = base_->find(name, kind)) return id;
  std::optional<u32> best;
  auto [from, to] = index().by_name.equal_range(name);
  for (auto it = from; it != to; ++it)
    if (type(it->second).kind() == kind && (!best || it->second < *best)) best = it->second;
  return best;
}

std::vector<u32> Btf::find_all(std::string_view name) const {
  std::vector<u32> ids;
  if (base_) ids = base_->find_all(name);
  auto [from, to] = index().by_name.equal_range(name);
  auto own = static_cast<std::ptrdiff_t>(ids.size());
  for (auto it = from; it != to; ++it) ids.push_back(it->second);
  std::sort(ids.begin() + own, ids.end());
  return ids;
}

std::optional<s64> Btf::enum_value(std::string_view enum_name, std::string_view enumerator) const {
  for (u32 id : find_all(enum_name)) {
    Type t = type(id);
    if (!t.is_any_enum()) continue;
    for (u32 i = 0; i < t.vlen(); i++)
      if (Enumerator e = t.enumerator(i); e.name == enumerator) return e.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Btf::decl_tags(u32 id, s32 component_idx) const {
  std::vector<std::string_view> tags;
  if (base_) tags = base_->decl_tags(id, component_idx);
  auto it = index().tags.find(id);
  if (it == index().tags.end()) return tags;
  for (u32 tag : it->second)
    if (Type t = type(tag); t.component_idx() == component_idx) tags.push_back(t.name());
  return tags;
}

bool Btf::has_decl_tag(u32 id, s32 component_idx, std::string_view tag) const {
  auto tags = decl_tags(id, component_idx);
  return std::ranges::find(tags, tag) != tags.end();
}

}  // namespace bpfcheck::btf
