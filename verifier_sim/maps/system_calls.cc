// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See system_calls.h.
#include "verifier_sim/maps/system_calls.h"

#include "verifier_sim/maps/map_btf.h"
#include "verifier_sim/maps/map_check.h"
#include "verifier_sim/maps/special_fields.h"

namespace bpfcheck::sim::maps {

namespace {

/// btf_datasec_check_meta
bool has_empty_section(const btf::Btf& btf) {
  for (u32 id = 1; id < btf.type_count(); id++)
    if (const btf::Type t = btf.type(id); t.is(btf::Kind::DataSec) && t.vlen() == 0) return true;
  return false;
}

}  // namespace

loader::LoadedBtf SystemCalls::load_btf(const btf::BtfPtr& btf) const {
  if (!target_.has(Feature::empty_sections) && has_empty_section(*btf)) return {};
  auto metas = btf_parse_struct_metas(*btf, target_);
  if (!metas) return {};
  return {btf, std::move(*metas)};
}

Result<void> SystemCalls::create_map(loader::MapDef& map, const loader::LoadedBtf& btf) const {
  settle_map_btf(map, btf, target_);
  return check_map_creation(map, target_);
}

}  // namespace bpfcheck::sim::maps
