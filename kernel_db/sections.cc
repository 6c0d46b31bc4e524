// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See sections.h.
#include "kernel_db/sections.h"

namespace bpfcheck {
namespace {

constexpr u32 attachable_opt = attachable | attach_opt;

constexpr u32 number(AttachType t) { return static_cast<u32>(t); }
constexpr SectionDef sections[] = {
#define SECTION(name, type, attach, flags)                              \
  {name, ProgType::type,                                                \
   [] {                                                                 \
     using enum AttachType;                                             \
     [[maybe_unused]] constexpr auto NONE = static_cast<AttachType>(0); \
     return number(attach);                                             \
   }(),                                                                 \
   flags},
#include "kernel_db/sections.def"
#undef SECTION
};

bool matches(std::string_view def, std::string_view section) {
  if (def.ends_with('/')) return section.starts_with(def);
  if (!def.ends_with('+')) return section == def;
  def.remove_suffix(1);
  return section.starts_with(def) && (section.size() == def.size() || section[def.size()] == '/');
}

}  // namespace

std::span<const SectionDef> section_defs() { return sections; }

const SectionDef* find_section_def(std::string_view section) {
  for (const SectionDef& d : sections)
    if (matches(d.name, section)) return &d;
  return nullptr;
}

}  // namespace bpfcheck
