// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See map_def.h.
#include "loader/map_def.h"

#include <fmt/format.h>

namespace bpfcheck::loader {
namespace {

constexpr u32 pin_by_name = 1;
using btf::Kind;

class MapParser {
 public:
  MapParser(const btf::Btf& btf, const std::string& path) : btf_(btf), path_(path) {}

  Result<void> parse(u32 struct_id, MapDef& m, bool inner) {
    btf::Type def = btf_.type(struct_id);
    for (u32 i = 0; i < def.vlen(); i++) {
      btf::Member f = def.member(i);
      auto bad = [&](std::string_view what, int errnum = EINVAL) {
        return fail(path_, fmt::format("map '{}': field '{}' {}", m.elf_name, f.name, what), errnum);
      };
      u32 number = 0;
      if (f.name == "type" || f.name == "max_entries" || f.name == "map_flags" || f.name == "numa_node" ||
          f.name == "key_size" || f.name == "value_size" || f.name == "pinning") {
        auto n = int_field(f.type);
        if (!n) return bad("is no __uint()");
        number = *n;
      }
      if (f.name == "type")
        m.type = static_cast<MapType>(number);
      else if (f.name == "max_entries")
        m.max_entries = number;
      else if (f.name == "map_flags")
        m.flags = number;
      else if (f.name == "numa_node") {
        m.numa_node = number;
        m.flags |= F_NUMA_NODE;
      } else if (f.name == "pinning") {
        if (inner) return fail(path_, fmt::format("map '{}': inner def can't be pinned.", m.elf_name), EINVAL);
        if (number > pin_by_name)
          return fail(path_, fmt::format("map '{}': invalid pinning value {}.", m.elf_name, number), EINVAL);
        m.pinning = number;
      } else if (f.name == "key_size" || f.name == "value_size") {
        u32& size = f.name == "key_size" ? m.key_size : m.value_size;
        if (size && size != number) return bad("contradicts the size given before");
        size = number;
      } else if (f.name == "key" || f.name == "value") {
        btf::Type ptr = btf_.type(f.type);
        auto bytes = ptr.is(Kind::Ptr) ? btf_.size_of(ptr.type()) : std::nullopt;
        if (!bytes) return bad("is no __type() with a size");
        u32& size = f.name == "key" ? m.key_size : m.value_size;
        if (size && size != *bytes) return bad("contradicts the size given before");
        size = static_cast<u32>(*bytes);
        (f.name == "key" ? m.btf_key_type_id : m.btf_value_type_id) = ptr.type();
      } else if (f.name == "values") {
        if (i + 1 != def.vlen()) return bad("should be last");
        BPFCHECK_TRY(values(f, m, inner));
      } else if (f.name == "map_extra") {
        auto n = long_field(f.type);
        if (!n) return bad("is no __ulong()");
        m.extra = *n;
      } else {
        return fail(path_, fmt::format("map '{}': unknown field '{}'.", m.elf_name, f.name), ENOTSUP);
      }
    }
    if (m.type == MapType::UNSPEC)
      return fail(path_, fmt::format("map '{}': map type isn't specified.", m.elf_name), EINVAL);
    return {};
  }

 private:
  /// __uint(name, v) is a pointer to an array of v ints.
  std::optional<u32> int_field(u32 id) const {
    btf::Type t = btf_.type(btf_.skip_mods_and_typedefs(id));
    if (!t.is(Kind::Ptr)) return std::nullopt;
    btf::Type a = btf_.type(t.type());
    if (!a.is(Kind::Array)) return std::nullopt;
    return a.array().nelems;
  }
  std::optional<u64> long_field(u32 id) const {
    btf::Type t = btf_.type(btf_.skip_mods_and_typedefs(id));
    if (t.is(Kind::Ptr)) return int_field(id);
    if (!t.is_any_enum() || t.vlen() == 0) return std::nullopt;
    return static_cast<u64>(t.enumerator(0).value);
  }

  Result<void> values(const btf::Member& f, MapDef& m, bool inner) {
    auto bad = [&](std::string_view what, int errnum = EINVAL) {
      return fail(path_, fmt::format("map '{}': field 'values' {}", m.elf_name, what), errnum);
    };
    const bool of_maps = m.type == MapType::ARRAY_OF_MAPS || m.type == MapType::HASH_OF_MAPS;
    const bool programs = m.type == MapType::PROG_ARRAY;
    if (inner) return bad("cannot stand in an inner map", ENOTSUP);
    if (!of_maps && !programs) return bad("does not go with this map type", ENOTSUP);
    if (m.value_size && m.value_size != 4) return bad("needs values of 4 bytes");
    m.value_size = 4;
    btf::Type a = btf_.type(f.type);
    if (!a.is(Kind::Array) || a.array().nelems) return bad("is no __array()");
    btf::Type ptr = btf_.type(btf_.skip_mods_and_typedefs(a.array().elem_type));
    if (!ptr.is(Kind::Ptr)) return bad("does not hold pointers");
    u32 target = btf_.skip_mods_and_typedefs(ptr.type());
    if (programs) return btf_.type(target).is(Kind::FuncProto) ? Result<void>{} : bad("does not hold functions");
    if (!btf_.type(target).is(Kind::Struct)) return bad("does not hold map definitions");
    m.inner = std::make_shared<MapDef>();
    m.inner->elf_name = m.inner->name = m.elf_name + ".inner";
    return parse(target, *m.inner, true);
  }

  const btf::Btf& btf_;
  const std::string& path_;
};

}  // namespace

Result<void> parse_map_def(const btf::Btf& btf, const std::string& path, u32 struct_id, MapDef& map) {
  return MapParser(btf, path).parse(struct_id, map, false);
}

}  // namespace bpfcheck::loader
