// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See blend.h.
#include "kernel_db/blend.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "kernel_db/helper_ids.h"
#include "kernel_db/kernel_facts.h"

namespace bpfcheck {
namespace {

using FactKind = Difference::Kind;

/// The last helper of each line (include/uapi/linux/bpf.h of that version).
struct LastHelper {
  u32 id, line;
};
constexpr LastHelper last_helpers[] = {
    {func::redirect_peer, 0},
    {func::sock_from_file, 0x050b},
    {func::check_mtu, 0x050c},
    {func::snprintf, 0x050d},
    {func::sys_close, 0x050e},
    {func::task_pt_regs, 0x050f},
    {func::kallsyms_lookup_name, 0x0510},
    {func::get_func_arg_cnt, 0x0511},
    {func::ima_file_hash, 0x0512},
    {func::dynptr_data, 0x0513},
    {func::ktime_get_tai_ns, 0x0600},
    {func::user_ringbuf_drain, 0x0601},
    {func::cgrp_storage_delete, 0x0602},
};

/// What no kernel has without the other: it would look for what is not there.
constexpr std::pair<Feature, Feature> rests_on[] = {{Feature::static_stack_liveness, Feature::constants_folded}};

}  // namespace

u32 helper_line(u32 id) {
  const auto at = std::ranges::lower_bound(last_helpers, id, {}, &LastHelper::id);
  return at == std::end(last_helpers) ? 0 : at->line;
}

std::vector<Difference> differences_of(const Target& a, const Target& b, std::span<const u32> helpers) {
  std::vector<Difference> out;
  for (u32 f = 0; f < a.features.size(); f++)
    if (a.features[f] != b.features[f]) out.push_back({FactKind::Feature, f});
  for (u32 id : helpers) out.push_back({FactKind::Helper, id});
  for (FactKind k : {FactKind::Kfuncs, FactKind::Offers, FactKind::Tables, FactKind::Types}) out.push_back({k});
  if (a.facts != b.facts) out.push_back({FactKind::Facts});
  if (a.arch != b.arch || a.nr_cpus != b.nr_cpus || a.cpus_known != b.cpus_known || a.jit != b.jit)
    out.push_back({FactKind::Machine});
  return out;
}

Target blended(const Target& base, const Target& other, std::span<const Difference> facts) {
  Target t = base;
  std::vector<u32> helpers;
  for (const Difference& d : facts) switch (d.kind) {
      case FactKind::Feature:
        t.features[d.index] = other.features[d.index];
        break;
      case FactKind::Helper:
        helpers.push_back(d.index);
        break;
      case FactKind::Kfuncs:
        t.kfuncs = other.kfuncs;
        break;
      case FactKind::Offers:
        t.offers = other.offers;
        break;
      case FactKind::Tables:
        t.line = other.line;
        t.version = other.version;
        t.levels = other.levels;
        break;
      case FactKind::Types:
        t.btf = other.btf;
        t.modules = other.modules;
        break;
      case FactKind::Facts:
        t.facts = other.facts;
        break;
      case FactKind::Machine:
        t.arch = other.arch;
        t.nr_cpus = other.nr_cpus;
        t.cpus_known = other.cpus_known;
        t.jit = other.jit;
        break;
    }
  for (const auto& [feature, needed] : rests_on)
    if (!t.has(needed)) t.features.reset(static_cast<size_t>(feature));
  if (!helpers.empty()) t.helpers = blended_helpers(base, other, helpers);
  return t;
}

}  // namespace bpfcheck
