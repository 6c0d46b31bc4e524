// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See release.h.
#include "kernel_db/release.h"

#include <fmt/format.h>

#include <charconv>

namespace bpfcheck {
namespace {

struct ReleaseRow {
  u32 line, after, by;
  std::string_view witness;
};
constexpr ReleaseRow release_rows[] = {
#define RELEASE(major, minor, after, by, witness) {major << 8 | minor, after, by, witness},
#include "kernel_db/releases.def"
#undef RELEASE
};

std::string_view name_of(std::string_view witness) { return witness.substr(witness.find(':') + 1); }

/// A number that ends before `*rest`.
std::optional<u32> take_number(std::string_view& rest, u32 most) {
  u32 n = 0;
  auto [end, ec] = std::from_chars(rest.data(), rest.data() + rest.size(), n);
  if (ec != std::errc() || n > most) return std::nullopt;
  rest.remove_prefix(static_cast<size_t>(end - rest.data()));
  return n;
}

}  // namespace

std::optional<Release> parse_release(std::string_view text) {
  Release r;
  const auto major = take_number(text, 0xff);
  if (!major || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  const auto minor = take_number(text, 0xff);
  if (!minor) return std::nullopt;
  r.line = (*major << 8) | *minor;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    r.patch = take_number(text, 0xffff);
    if (!r.patch) return std::nullopt;
  }
  if (!text.empty() && std::string_view("-+_~ ").find(text[0]) == std::string_view::npos) return std::nullopt;
  // "6.1.0-57-amd64" is Debian's 57th of its 6.1.y, whichever release that was.
  if (r.patch == 0u && text.starts_with('-')) r.patch.reset();
  return r;
}

/// False where the witness is part of something that this kernel was built without.
static bool tells(const btf::Btf& btf, std::string_view witness) {
  if (witness.starts_with('!')) witness.remove_prefix(1);
  const std::string_view what = name_of(witness), outer = what.substr(0, what.find('.'));
  if (witness.starts_with("struct:")) return btf.find(outer, btf::Kind::Struct).has_value();
  if (witness.starts_with("enum:"))
    return btf.find(outer, btf::Kind::Enum).has_value() || btf.find(outer, btf::Kind::Enum64).has_value();
  return true;
}

PatchLevels patch_levels(const btf::Btf& btf, u32 line) {
  PatchLevels levels;
  std::string_view last, missing;
  for (const ReleaseRow& row : release_rows) {
    if (row.line != line || !tells(btf, row.witness)) continue;
    if (shows(btf, row.witness)) {
      levels.least = row.after + 1;
      levels.most = PatchLevels::unbounded;
      last = name_of(row.witness);
      missing = {};
    } else if (levels.most == PatchLevels::unbounded) {
      levels.most = row.by - 1;
      missing = name_of(row.witness);
    }
  }
  levels.evidence = last;
  if (!missing.empty()) levels.evidence += fmt::format("{}no {}", last.empty() ? "" : ", ", missing);
  return levels;
}

std::string line_text(u32 line) { return fmt::format("{}.{}", line >> 8, line & 0xff); }

std::string release_text(u32 line, const PatchLevels& levels) {
  const std::string least = fmt::format("{}.{}", line_text(line), levels.least);
  if (levels.exact()) return least;
  if (levels.most != PatchLevels::unbounded) return fmt::format("{} to {}.{}", least, line_text(line), levels.most);
  return levels.least ? least + " or later" : "";
}

namespace {

bool shows_one(const btf::Btf& btf, std::string_view witness) {
  const std::string_view kind = witness.substr(0, witness.find(':')), what = name_of(witness);
  if (kind == "func") return btf.find(what, btf::Kind::Func).has_value();
  const auto dot = what.find('.');
  const std::string_view outer = what.substr(0, dot), inner = what.substr(dot + 1);
  if (kind == "enum") return btf.enum_value(outer, inner).has_value();
  const auto id = btf.find(outer, btf::Kind::Struct);
  if (!id) return false;
  // Members may stand in anonymous structs and unions.
  auto search = [&](auto&& self, btf::Type s, int depth) -> bool {
    for (u32 i = 0; i < s.member_count(); i++) {
      const btf::Member m = s.member(i);
      if (m.name == inner) return true;
      const btf::Type inside = btf.type(m.type);
      if (m.name.empty() && inside.is_composite() && depth < 8 && self(self, inside, depth + 1)) return true;
    }
    return false;
  };
  return search(search, btf.type(*id), 0);
}

}  // namespace

bool shows(const btf::Btf& btf, std::string_view witness) {
  while (!witness.empty()) {
    const auto blank = witness.find(' ');
    std::string_view one = witness.substr(0, blank);
    witness.remove_prefix(blank == std::string_view::npos ? witness.size() : blank + 1);
    const bool wanted = !one.starts_with('!');
    if (!wanted) one.remove_prefix(1);
    bool shown = false;
    for (std::string_view rest = one; !shown && !rest.empty();) {
      const auto bar = rest.find('|');
      shown = shows_one(btf, rest.substr(0, bar));
      rest.remove_prefix(bar == std::string_view::npos ? rest.size() : bar + 1);
    }
    if (shown != wanted) return false;
  }
  return true;
}

}  // namespace bpfcheck
