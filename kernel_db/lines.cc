// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See lines.h.
#include "kernel_db/lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <ranges>

namespace bpfcheck {
namespace {

struct Line {
  u32 version;
  std::string_view witness;
};
constexpr Line lines[] = {
#define LINE(major, minor, witness) {major << 8 | minor, witness},
#define KNOWN(name, enumerators)
#include "kernel_db/lines.def"
#undef KNOWN
#undef LINE
};

struct KnownEnum {
  std::string_view name;
  u32 enumerators;
};
constexpr KnownEnum known_enums[] = {
#define LINE(major, minor, witness)
#define KNOWN(name, enumerators) {name, enumerators},
#include "kernel_db/lines.def"
#undef KNOWN
#undef LINE
};

constexpr u32 oldest_simulated = 0x050a;
constexpr u32 newest_known = std::rbegin(lines)->version;

/// "bpf_reg_state.r64" of "struct:bpf_reg_state.r64 enum:...".
std::string_view first_fact(std::string_view witness) {
  witness = witness.substr(0, witness.find(' '));
  return witness.substr(witness.find(':') + 1);
}

/// An enum that has grown beyond what is known of it; "" where there is none.
std::string grown_enum(const btf::Btf& btf) {
  for (const KnownEnum& known : known_enums)
    for (const btf::Kind kind : {btf::Kind::Enum, btf::Kind::Enum64})
      if (const auto id = btf.find(known.name, kind))
        if (const u32 has = btf.type(*id).vlen(); has > known.enumerators)
          return fmt::format("{} enumerators in {}, {} in {}", has, known.name, known.enumerators,
                             line_text(newest_known));
  return "";
}

}  // namespace

ShownLine line_of(const btf::Btf& btf) {
  std::string_view missing;
  for (const Line& line : lines | std::views::reverse) {
    if (!shows(btf, line.witness)) {
      missing = line.witness;
      continue;
    }
    ShownLine found{line.version, false, std::string(first_fact(line.witness))};
    if (!missing.empty()) {
      found.evidence += fmt::format(", no {}", first_fact(missing));
    } else if (const std::string more = grown_enum(btf); !more.empty()) {
      found.newer = true;
      found.evidence = more;
    }
    return found;
  }
  return {};
}

u32 simulated_line(u32 version) { return std::clamp(version, oldest_simulated, newest_known); }

Result<Release> read_release(std::string_view text) {
  const auto release = parse_release(text);
  if (!release) return fail(std::string(text), "is no kernel version such as 6.18 or 6.18.15", EINVAL);
  const u32 line = release->line;
  const bool known = std::ranges::find(lines, line, &Line::version) != std::end(lines);
  if (line < lines[0].version || line > newest_known || known) return *release;
  return fail(std::string(text), fmt::format("there never was a Linux {}", line_text(line)), EINVAL);
}

}  // namespace bpfcheck
