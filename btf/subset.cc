// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See subset.h. What is kept for a relocation is what `bpftool gen min_core_btf` keeps (tools/bpf/bpftool/gen.c, 6.12).
#include "btf/subset.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace bpfcheck::btf {
namespace {

/// Words in the byte order of the BTF, and its strings, each once.
class Writer {
 public:
  Writer(const Btf& btf, const std::unordered_map<u32, u32>& ids) : btf_(btf), ids_(ids) {}

  void type(const Type& t, const std::set<u32>* members) {
    const u32 vlen = t.is_composite() ? static_cast<u32>(members ? members->size() : 0) : t.vlen();
    word(name(t.name()));
    word(static_cast<u32>(t.kind()) << 24 | vlen | u32{t.kind_flag()} << 31);
    word(refers(t) ? id(t.type()) : t.size());
    switch (t.kind()) {
      case Kind::Int:
        word(u32{t.int_encoding()} << 24 | u32{t.int_offset()} << 16 | t.int_bits());
        break;
      case Kind::Array:
        word(id(t.array().elem_type));
        word(id(t.array().index_type));
        word(t.array().nelems);
        break;
      case Kind::Struct:
      case Kind::Union:
        if (members)
          for (u32 i : *members) {
            const Member m = t.member(i);
            word(name(m.name));
            word(id(m.type));
            word(t.kind_flag() ? m.bitfield_size << 24 | m.bit_offset : m.bit_offset);
          }
        break;
      case Kind::Enum:
      case Kind::Enum64:
        for (u32 i = 0; i < vlen; i++) {
          const auto value = static_cast<u64>(t.enumerator(i).value);
          word(name(t.enumerator(i).name));
          word(static_cast<u32>(value));
          if (t.is(Kind::Enum64)) word(static_cast<u32>(value >> 32));
        }
        break;
      case Kind::FuncProto:
        for (u32 i = 0; i < vlen; i++) {
          word(name(t.param(i).name));
          word(id(t.param(i).type));
        }
        break;
      default:
        break;
    }
  }

  /// Header, types, strings.
  std::vector<u8> finish() {
    constexpr u32 header = 24;
    std::vector<u8> types = std::move(out_);
    out_.clear();
    half(btf_magic);
    out_.push_back(1);  // version
    out_.push_back(0);  // flags
    const auto size = static_cast<u32>(types.size());
    for (u32 v : {header, 0u, size, size, static_cast<u32>(strings_.size())}) word(v);
    out_.insert(out_.end(), types.begin(), types.end());
    out_.insert(out_.end(), strings_.begin(), strings_.end());
    return std::move(out_);
  }

 private:
  static bool refers(const Type& t) {
    return t.is_modifier() || t.is(Kind::Ptr) || t.is(Kind::Typedef) || t.is(Kind::FuncProto) || t.is(Kind::Func);
  }
  u32 id(u32 old) const {
    const auto at = ids_.find(old);
    return at == ids_.end() ? 0 : at->second;
  }
  u32 name(std::string_view s) {
    if (s.empty()) return 0;
    const auto [at, fresh] = known_.try_emplace(std::string(s), static_cast<u32>(strings_.size()));
    if (fresh) strings_ += std::string(s) + '\0';
    return at->second;
  }
  void half(u16 v) {
    const bool little = btf_.endian() == Endian::little;
    out_.push_back(static_cast<u8>(little ? v : v >> 8));
    out_.push_back(static_cast<u8>(little ? v >> 8 : v));
  }
  void word(u32 v) {
    const bool little = btf_.endian() == Endian::little;
    for (u32 i = 0; i < 4; i++) out_.push_back(static_cast<u8>(v >> 8 * (little ? i : 3 - i)));
  }

  const Btf& btf_;
  const std::unordered_map<u32, u32>& ids_;
  std::vector<u8> out_;
  std::string strings_ = std::string(1, '\0');
  std::unordered_map<std::string, u32> known_;
};

}  // namespace

void Subset::keep(u32 id, Pointers pointers) {
  std::vector<u32> todo{id};
  std::set<u32> seen;
  while (!todo.empty()) {
    const u32 at = todo.back();
    todo.pop_back();
    if (!at || !btf_.has(at) || !seen.insert(at).second) continue;
    types_.insert(at);
    const Type t = btf_.type(at);
    if (t.is_modifier() || t.is(Kind::Typedef) || (t.is(Kind::Ptr) && pointers == Pointers::follow))
      todo.push_back(t.type());
    if (t.is(Kind::Array)) todo.insert(todo.end(), {t.array().elem_type, t.array().index_type});
    if (t.is(Kind::FuncProto)) {
      todo.push_back(t.type());
      for (u32 i = 0; i < t.vlen(); i++) todo.push_back(t.param(i).type);
    }
  }
}

void Subset::keep_whole(u32 id, bool behind_pointer) {
  std::vector<std::pair<u32, bool>> todo{{id, behind_pointer}};
  while (!todo.empty()) {
    const auto [at, behind] = todo.back();
    todo.pop_back();
    if (!at || !btf_.has(at) || !whole_.insert({at, behind}).second) continue;
    types_.insert(at);
    const Type t = btf_.type(at);
    if (t.is_modifier() || t.is(Kind::Typedef)) todo.emplace_back(t.type(), behind);
    if (t.is(Kind::Ptr)) todo.emplace_back(t.type(), true);
    if (t.is(Kind::Array)) todo.insert(todo.end(), {{t.array().elem_type, false}, {t.array().index_type, false}});
    if (t.is_composite() && !behind)
      for (u32 i = 0; i < t.member_count(); i++) {
        keep_member(at, i);
        todo.emplace_back(t.member(i).type, false);
      }
    if (t.is(Kind::FuncProto)) {
      todo.emplace_back(t.type(), false);
      for (u32 i = 0; i < t.vlen(); i++) todo.emplace_back(t.param(i).type, false);
    }
  }
}

std::vector<u8> Subset::bytes() const {
  std::unordered_map<u32, u32> ids;
  for (u32 id : types_) ids.emplace(id, static_cast<u32>(ids.size()) + 1);
  Writer writer(btf_, ids);
  for (u32 id : types_) {
    const auto members = members_.find(id);
    writer.type(btf_.type(id), members == members_.end() ? nullptr : &members->second);
  }
  return writer.finish();
}

}  // namespace bpfcheck::btf
