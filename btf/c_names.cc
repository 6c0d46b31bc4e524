// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See c_names.h.
#include "btf/c_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bpfcheck::btf {
namespace {

/// Sorted. Words that C and the compiler keep for themselves.
constexpr std::array reserved = std::to_array<std::string_view>({"_Alignas",
                                                                 "_Alignof",
                                                                 "_Atomic",
                                                                 "_Bool",
                                                                 "_Complex",
                                                                 "_Generic",
                                                                 "_Imaginary",
                                                                 "_Noreturn",
                                                                 "_Static_assert",
                                                                 "_Thread_local",
                                                                 "__bf16",
                                                                 "__builtin_va_list",
                                                                 "__fp16",
                                                                 "__int128",
                                                                 "asm",
                                                                 "auto",
                                                                 "break",
                                                                 "case",
                                                                 "char",
                                                                 "const",
                                                                 "continue",
                                                                 "default",
                                                                 "do",
                                                                 "double",
                                                                 "else",
                                                                 "enum",
                                                                 "extern",
                                                                 "float",
                                                                 "for",
                                                                 "goto",
                                                                 "if",
                                                                 "inline",
                                                                 "int",
                                                                 "long",
                                                                 "register",
                                                                 "restrict",
                                                                 "return",
                                                                 "short",
                                                                 "signed",
                                                                 "sizeof",
                                                                 "static",
                                                                 "struct",
                                                                 "switch",
                                                                 "typedef",
                                                                 "typeof",
                                                                 "union",
                                                                 "unsigned",
                                                                 "void",
                                                                 "volatile",
                                                                 "while"});
static_assert(std::ranges::is_sorted(reserved));

bool is_reserved(std::string_view name) { return std::ranges::binary_search(reserved, name); }

bool is_identifier(std::string_view name) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

std::string_view tag_keyword(const Type& t) {
  if (t.is(Kind::Fwd)) return t.kind_flag() ? "union" : "struct";
  if (t.is_any_enum()) return "enum";
  return t.is(Kind::Union) ? "union" : "struct";
}

bool is_forward(const Type& t) { return t.is(Kind::Fwd) || (t.is_any_enum() && t.vlen() == 0); }

bool is_c_base_type(std::string_view name) {
  constexpr std::string_view words[] = {"char",     "short", "int",      "long",  "signed",
                                        "unsigned", "_Bool", "__int128", "float", "double"};
  while (!name.empty()) {
    const size_t space = std::min(name.find(' '), name.size());
    if (std::ranges::find(words, name.substr(0, space)) == std::end(words)) return false;
    name.remove_prefix(std::min(space + 1, name.size()));
  }
  return true;
}

std::string_view CNames::numbered(std::string_view name, u32 n) { return keep(fmt::format("{}___{}", name, n)); }

std::string_view CNames::identifier(std::string_view name) {
  if (is_identifier(name) && !is_reserved(name)) return name;
  std::string fixed(name);
  for (char& c : fixed)
    if (!is_identifier(std::string_view(&c, 1)) && !(c >= '0' && c <= '9')) c = '_';
  if (!is_identifier(fixed)) fixed.insert(0, "_");
  if (is_reserved(fixed)) fixed += '_';
  return keep(std::move(fixed));
}

std::string_view CNames::claim(std::string_view name) {
  if (is_reserved(name)) return numbered(name, 2 + others_[name]++);
  name = identifier(name);
  const u32 before = others_[name]++;
  return before ? numbered(name, before + 1) : name;
}

std::string_view CNames::type_name(const Type& t) {
  auto [it, fresh] = type_names_.try_emplace(t.id());
  if (fresh) it->second = claim(t.name());
  return it->second;
}

std::string_view CNames::tag(const Type& t) {
  if (!renamed_tags_.empty())
    if (auto it = renamed_tags_.find(t.id()); it != renamed_tags_.end()) return it->second;
  const std::string_view keyword = tag_keyword(t), plain = identifier(t.name());
  auto [it, fresh] = tags_.try_emplace(plain, Tag{keyword, 0, 1});
  Tag& tag = it->second;
  if (tag.keyword == keyword) {
    if (is_forward(t) || tag.definition == t.id()) return plain;
    if (!tag.definition) {
      tag.definition = t.id();
      return plain;
    }
  }
  return renamed_tags_[t.id()] = numbered(plain, ++tag.used);
}

}  // namespace bpfcheck::btf
