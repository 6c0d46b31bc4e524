// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See constants.h.
#include "loader/constants.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <optional>

namespace bpfcheck::loader {
namespace {

using btf::Kind;

struct Variable {
  u32 type = 0;
  u64 offset = 0;
};

std::optional<u64> number(std::string_view s) {
  const bool negative = s.starts_with('-');
  if (negative) s.remove_prefix(1);
  const int base = s.starts_with("0x") || s.starts_with("0X") ? 16 : 10;
  if (base == 16) s.remove_prefix(2);
  u64 v = 0;
  auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), v, base);
  if (s.empty() || ec != std::errc() || end != s.data() + s.size()) return {};
  return negative ? 0 - v : v;
}

std::optional<u64> scalar(std::string_view s) {
  if (s == "true") return 1;
  if (s == "false") return 0;
  if (s.size() == 3 && s.front() == '\'' && s.back() == '\'') return static_cast<u8>(s[1]);
  return number(s);
}

/// Named members, those of anonymous structs and unions included.
std::optional<Variable> member(const btf::Btf& btf, u32 type, std::string_view name, int depth = 0) {
  const btf::Type t = btf.type(btf.skip_mods_and_typedefs(type));
  if (!t.is_composite() || depth > 8) return {};
  for (u32 i = 0; i < t.member_count(); i++) {
    const btf::Member m = t.member(i);
    if (m.name == name && !m.bitfield_size) return Variable{m.type, m.bit_offset / 8};
    if (!m.name.empty()) continue;
    if (auto inner = member(btf, m.type, name, depth + 1))
      return Variable{inner->type, m.bit_offset / 8 + inner->offset};
  }
  return {};
}

/// Follows ".member" and "[index]".
Result<Variable> follow(const btf::Btf& btf, Variable at, std::string_view rest, std::string_view name) {
  auto no = [&](std::string_view part) {
    return fail(std::string(name), fmt::format("there is no {} in it", part), EINVAL);
  };
  while (!rest.empty()) {
    const size_t end = std::min(rest.find_first_of(".[", 1), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end);
    if (part[0] == '.') {
      auto m = member(btf, at.type, part.substr(1));
      if (!m) return no(part.substr(1));
      at = {m->type, at.offset + m->offset};
      continue;
    }
    const btf::Type t = btf.type(btf.skip_mods_and_typedefs(at.type));
    if (!t.is(Kind::Array) || !part.ends_with(']')) return no(part);
    const btf::ArrayInfo array = t.array();
    const u64 index = number(part.substr(1, part.size() - 2)).value_or(array.nelems);
    if (index >= array.nelems) return no(part);
    at = {array.elem_type, at.offset + index * btf.size_of(array.elem_type).value_or(0)};
  }
  return at;
}

Result<std::vector<u8>> bytes_of(const btf::Btf& btf, u32 type, std::string_view value, std::string_view name,
                                 Endian endian) {
  const btf::Type t = btf.type(btf.skip_mods_and_typedefs(type));
  const u64 size = btf.size_of(type).value_or(0);
  auto no = [&](std::string what) { return fail(std::string(name), std::move(what), EINVAL); };
  if (t.is(Kind::Array) && btf.size_of(t.array().elem_type).value_or(0) == 1) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (value.size() >= size)
      return no(fmt::format("the text is too long: there is room for {} characters", size ? size - 1 : 0));
    std::vector<u8> out(size);
    std::memcpy(out.data(), value.data(), value.size());
    return out;
  }
  if (!t.is(Kind::Int) && !t.is_any_enum()) return no("only numbers and text can be set: name a member or an element");
  const auto v = scalar(value);
  if (!v || !size || size > 8) return no(fmt::format("'{}' is no number", value));
  if (size < 8) {
    const u64 most = (u64{1} << (8 * size)) - 1;
    const s64 as_signed = static_cast<s64>(*v), least = -(s64{1} << (8 * size - 1));
    const bool negative_fits = value.starts_with('-') && as_signed >= least;
    if (*v > most && !negative_fits) return no(fmt::format("{} does not fit into {} bytes", value, size));
  }
  std::vector<u8> out(size);
  for (u64 i = 0; i < size; i++) out[endian == Endian::little ? i : size - 1 - i] = static_cast<u8>(*v >> (8 * i));
  return out;
}

}  // namespace

Result<bool> set_constant(Object& object, std::string_view name, std::string_view value) {
  if (!object.btf) return false;
  const btf::Btf& btf = *object.btf;
  const std::string_view variable = name.substr(0, name.find_first_of(".["));
  for (auto& map : object.maps) {
    if (!map->is_global_data) continue;
    const auto section = btf.find(map->elf_name, Kind::DataSec);
    if (!section) continue;
    const btf::Type s = btf.type(*section);
    for (u32 i = 0; i < s.vlen(); i++) {
      const btf::SecVar v = s.sec_var(i);
      if (btf.type(v.type).name() != variable) continue;
      if (!map->frozen || map->elf_name == ".kconfig")
        return fail(std::string(variable),
                    fmt::format("it is no constant but lies in {}: only `const volatile` variables keep the value that "
                                "the verifier sees",
                                map->elf_name),
                    EINVAL);
      BPFCHECK_ASSIGN(const Variable at,
                      follow(btf, {btf.type(v.type).type(), v.offset}, name.substr(variable.size()), name));
      BPFCHECK_ASSIGN(const std::vector<u8> bytes, bytes_of(btf, at.type, value, name, object.endian));
      if (at.offset + bytes.size() > map->initial.size())
        return fail(std::string(name), "it lies outside its section", EINVAL);
      auto changed = std::make_shared<MapDef>(*map);  // programs that are linked already keep theirs
      std::memcpy(changed->initial.data() + at.offset, bytes.data(), bytes.size());
      map = std::move(changed);
      return true;
    }
  }
  return false;
}

}  // namespace bpfcheck::loader
