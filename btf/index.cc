// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Look-ups by name, and of declaration tags. The first few names are searched for: a kernel's BTF is opened in less
// time than a table over it takes to make. Then a hash table is made, chained through the types in ascending order.
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <functional>

#include "btf/btf.h"

namespace bpfcheck::btf {
namespace {

constexpr u32 searches_before_table = 2;
constexpr size_t shortest_to_search = 4;  ///< shorter ones end too many other strings
constexpr u32 none = 0;                   ///< no own type: id 0 is void

/// FNV-1a.
u32 hash(std::string_view s) {
  u64 h = 0xcbf29ce484222325;
  for (char c : s) h = (h ^ static_cast<u8>(c)) * 0x100000001b3;
  return static_cast<u32>(h ^ (h >> 32));
}

}  // namespace

struct Btf::Index {
  std::atomic<u32> searches = 0;
  std::once_flag table_once, tags_once;
  std::vector<u32> heads, next;                    ///< ids; next by position among the own types
  std::vector<u32> flavoured;                      ///< types with a triple underscore in their name
  std::unordered_map<u32, std::vector<u32>> tags;  ///< declaration tags by the type they stand on

  void make_table(const Btf& btf) {
    const u32 count = btf.type_count() - btf.start_id_;
    heads.assign(std::bit_ceil(std::max(count, 16u)), none);
    next.assign(count, none);
    const auto mask = static_cast<u32>(heads.size() - 1);
    const Bytes strings = btf.strings_;
    std::vector<bool> has_flavour(strings.size());  // by the offset at which a string with a triple underscore begins
    for (size_t at = 0; at < strings.size();) {
      const void* found = memmem(strings.data() + at, strings.size() - at, "___", 3);
      if (!found) break;
      const auto hit = static_cast<size_t>(static_cast<const u8*>(found) - strings.data());
      size_t begin = hit;
      while (begin > 0 && strings[begin - 1]) begin--;
      const auto end = hit + std::strlen(reinterpret_cast<const char*>(strings.data()) + hit);
      for (size_t i = begin; i <= hit; i++) has_flavour[i] = true;  // a name may begin within another's string
      at = end;
    }
    for (u32 i = count; i-- > 0;) {  // backwards, so that chains ascend
      const u32 id = btf.start_id_ + i;
      const u8* p = btf.types_.data() + btf.offsets_[i];
      const u32 off = load_as<u32>(p, btf.endian_);
      const auto kind = static_cast<Kind>((load_as<u32>(p + 4, btf.endian_) >> 24) & 0x1f);
      if (!off || kind == Kind::DeclTag) continue;
      u32& head = heads[hash(btf.string(off)) & mask];
      next[i] = head;
      head = id;
      const u32 own = off - btf.start_str_;
      if (off < btf.start_str_ ? btf.string(off).find("___") != std::string_view::npos
                               : own < has_flavour.size() && has_flavour[own])
        flavoured.push_back(id);
    }
    std::ranges::reverse(flavoured);
  }

  void make_tags(const Btf& btf) {
    for (u32 id = btf.start_id_; id < btf.type_count(); id++)
      if (const Type t = btf.type(id); t.is(Kind::DeclTag)) tags[t.type()].push_back(id);
  }

  /// Of one kind: its types are few enough to compare their names.
  static std::optional<u32> first_of_kind(const Btf& btf, std::string_view name, Kind kind) {
    const Bytes strings = btf.strings_;
    for (u32 i = 0; i < btf.offsets_.size(); i++) {
      const u8* p = btf.types_.data() + btf.offsets_[i];
      if (static_cast<Kind>((load_as<u32>(p + 4, btf.endian_) >> 24) & 0x1f) != kind) continue;
      const u32 off = load_as<u32>(p, btf.endian_);
      if (off < strings.size() && strings.size() - off > name.size() && strings[off] == static_cast<u8>(name[0]) &&
          std::memcmp(strings.data() + off, name.data(), name.size()) == 0 && !strings[off + name.size()])
        return btf.start_id_ + i;
    }
    return std::nullopt;
  }

  bool may_search(const Btf& btf, std::string_view name) {
    return !btf.base_ && name.size() >= shortest_to_search &&
           searches.fetch_add(1, std::memory_order_relaxed) < searches_before_table;
  }

  /// Calls `each` with the own types of that name, ascending, until it returns false.
  template <class Each>
  void with_name(const Btf& btf, std::string_view name, Each each) {
    if (name.empty()) return;
    if (may_search(btf, name)) return search(btf, name, each);
    by_table(btf, name, each);
  }

  template <class Each>
  void by_table(const Btf& btf, std::string_view name, Each each) {
    std::call_once(table_once, [&] { make_table(btf); });
    for (u32 id = heads[hash(name) & (heads.size() - 1)]; id != none; id = next[id - btf.start_id_])
      if (btf.type(id).name() == name && !each(id)) return;
  }

 private:
  /// Where the string stands, and the types that point there.
  template <class Each>
  static void search(const Btf& btf, std::string_view name, Each each) {
    const std::string needle(name.data(), name.size());
    const char* const strings = reinterpret_cast<const char*>(btf.strings_.data());
    const char* const end = strings + btf.strings_.size();
    const std::boyer_moore_horspool_searcher searcher(needle.c_str(),
                                                      needle.c_str() + needle.size() + 1);  // with its NUL
    std::vector<u32> places;
    for (const char* at = strings;; at++) {
      at = std::search(at, end, searcher);
      if (at == end) break;
      if (at != strings) places.push_back(static_cast<u32>(at - strings));
    }
    if (places.empty()) return;
    auto stands_there = [&](u32 off) {
      return places.size() < 8 ? std::ranges::find(places, off) != places.end()
                               : std::ranges::binary_search(places, off);
    };
    for (u32 i = 0; i < btf.offsets_.size(); i++) {
      const u32 off = load_as<u32>(btf.types_.data() + btf.offsets_[i], btf.endian_);
      if (!off || !stands_there(off)) continue;
      const u32 id = btf.start_id_ + i;
      if (!btf.type(id).is(Kind::DeclTag) && !each(id)) return;
    }
  }
};

Btf::Index& Btf::index() const {
  std::call_once(index_once_, [this] { index_ = std::make_shared<Index>(); });
  return *index_;
}

std::optional<u32> Btf::find(std::string_view name, Kind kind) const {
  if (base_)
    if (auto id = base_->find(name, kind)) return id;
  if (name.empty()) return std::nullopt;
  Index& i = index();
  if (i.may_search(*this, name)) return Index::first_of_kind(*this, name, kind);
  std::optional<u32> found;
  i.by_table(*this, name, [&](u32 id) {
    if (type(id).kind() == kind) found = id;
    return !found;
  });
  return found;
}

std::vector<u32> Btf::find_all(std::string_view name) const {
  std::vector<u32> ids;
  if (base_) ids = base_->find_all(name);
  index().with_name(*this, name, [&](u32 id) {
    ids.push_back(id);
    return true;
  });
  return ids;
}

std::vector<u32> Btf::find_flavours(std::string_view name) const {
  Index& i = index();
  std::call_once(i.table_once, [&] { i.make_table(*this); });
  std::vector<u32> ids;
  for (u32 id : i.flavoured) {
    const std::string_view full = type(id).name();
    if (full.size() > name.size() + 3 && full.starts_with(name) && full.substr(name.size(), 3) == "___")
      ids.push_back(id);
  }
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
  std::vector<std::string_view> found;
  if (base_) found = base_->decl_tags(id, component_idx);
  Index& i = index();
  std::call_once(i.tags_once, [&] { i.make_tags(*this); });
  auto it = i.tags.find(id);
  if (it == i.tags.end()) return found;
  for (u32 tag : it->second)
    if (Type t = type(tag); t.component_idx() == component_idx) found.push_back(t.name());
  return found;
}

bool Btf::has_decl_tag(u32 id, s32 component_idx, std::string_view tag) const {
  auto tags = decl_tags(id, component_idx);
  return std::ranges::find(tags, tag) != tags.end();
}

}  // namespace bpfcheck::btf
