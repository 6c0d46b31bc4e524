// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Maps as the verifier sees them, with the special fields of their values (btf_parse_fields: kernel/bpf/btf.c, 6.18).
#pragma once

#include <memory>

#include "verifier_sim/state/map.h"

namespace bpfcheck::sim {

std::shared_ptr<Map> make_map(const loader::MapDef& def, u32 index, const btf::Btf* btf);

}  // namespace bpfcheck::sim
