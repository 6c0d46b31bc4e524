// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See target.h.
#include "kernel_db/target.h"

#include <fmt/format.h>

#include <utility>

#include "kernel_db/feature_row.h"
#include "kernel_db/helpers.h"
#include "kernel_db/kfuncs.h"
#include "kernel_db/lines.h"

namespace bpfcheck {
namespace {

Arch arch_of(const btf::Btf& btf) {
  auto regs = btf.find("pt_regs", btf::Kind::Struct);
  if (btf.endian() == Endian::big) return Arch::s390x;
  if (regs)
    for (u32 i = 0, n = btf.type(*regs).member_count(); i < n; i++)
      if (std::string_view m = btf.type(*regs).member(i).name; m == "r15") return Arch::x86_64;
  if (btf.find("user_pt_regs", btf::Kind::Struct)) return Arch::arm64;
  return Arch::other;
}

constexpr std::string_view arch_names[] = {"x86-64", "arm64", "s390x", "other"};

/// A distribution's name for a kernel whose version tells nothing of its verifier: el9's 5.14 has that of 6.12.
bool is_enterprise(std::string_view name) { return name.find(".el") != std::string_view::npos; }

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

constexpr u32 unknown_line = 0x0612;  ///< for what shows nothing: the line whose truth is the fullest

/// What is known of the line and release: what the command line says, what the BTF shows, what it is called.
struct Known {
  std::optional<Release> forced;
  ShownLine shown;
  std::optional<Release> named;  ///< none where it is forced
};

/// The one place that says what is claimed: whose verifier it has, and whether there are rules for that.
void settle_line(Target& t, const Known& k) {
  const u32 line = k.forced ? k.forced->line : k.shown.version ? k.shown.version : unknown_line;
  t.version = simulated_line(line);
  t.line = k.named ? k.named->line : line;
  t.evidence = k.forced          ? "--kernel says so"
               : k.shown.version ? "its BTF has " + k.shown.evidence
                                 : "nothing in its BTF tells";
  const bool nothing = !k.forced && !k.shown.version, newer = !k.forced && !k.named && k.shown.newer;
  const std::string simulated = line_text(t.version);
  std::string name = newer ? "newer than " + simulated : nothing && !k.named ? "unknown kernel" : line_text(t.line);
  if (nothing || newer || line != t.version || simulated_line(t.line) < t.line)
    t.simulated_as = simulated;
  else if (t.line != t.version)
    name += ", verifier of " + simulated;
  t.label = newer ? simulated + "+" : nothing && !k.named ? std::string(unknown_label) : line_text(t.line);
  t.name = fmt::format("{} ({})", name, arch_name(t.arch));
}

void settle_release(Target& t, const Known& k) {
  auto exactly = [&](u32 patch) { t.levels = {patch, patch, ""}; };
  if (k.forced && k.forced->patch) return exactly(*k.forced->patch);
  // A kernel that is called otherwise, or is of another line than is forced, is no release of it.
  if (!t.btf || k.shown.version != t.line || t.line != t.version || k.shown.newer) return;
  t.levels = patch_levels(*t.btf, t.version);
  // Distributions that stay at a line's first release name it and bring the fixes of later ones.
  if (k.named && k.named->patch.value_or(0) != 0) {
    exactly(*k.named->patch);
    t.evidence += fmt::format(" ({} by its own word)", release_text(t.version, t.levels));
  } else if (const std::string text = release_text(t.version, t.levels); !text.empty()) {
    t.evidence += fmt::format(" ({}: {})", text, t.levels.evidence);
  }
}

bool has_feature(const Target& t, const FeatureRow& row, bool forced) {
  if (t.btf && !row.witness.empty() && !forced) return shows(*t.btf, row.witness);
  return row.since.holds(t.version, t.levels, row.unsure);
}

}  // namespace

std::string_view arch_name(Arch a) { return arch_names[static_cast<size_t>(a)]; }

bool holds_at_end(const Intervals& kernels, const Target& target) {
  return kernels.holds(target.version, {target.levels.most, target.levels.most, {}}, Unsure::leave);
}

Target make_target(btf::BtfPtr vmlinux, std::string_view kernel_override, std::optional<Release> release) {
  Target t;
  t.btf = std::move(vmlinux);
  t.arch = t.btf ? arch_of(*t.btf) : Arch::x86_64;
  Known known{parse_release(kernel_override), t.btf ? line_of(*t.btf) : ShownLine{}, release};
  if (known.forced) known.named.reset();
  if (is_enterprise(kernel_override)) std::swap(known.forced, known.named);
  if (t.btf && !known.forced && !known.named)
    if (const std::string_view file = base_name(t.btf->origin()); is_enterprise(file))
      known.named = parse_release(file);
  settle_line(t, known);
  settle_release(t, known);
  for (size_t i = 0; const FeatureRow& row : feature_rows())
    t.features[i++] = has_feature(t, row, known.forced.has_value());
  if (t.btf) t.offers = offers_of(*t.btf);
  t.helpers = helper_table_of(t);
  t.kfuncs = registered_kfuncs_of(t);
  t.wording = Wording(t);
  return t;
}

}  // namespace bpfcheck
