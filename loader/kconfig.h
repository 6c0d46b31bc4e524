// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Values of kconfig externs (bpf_object__resolve_externs, set_kcfg_value_*: libbpf 1.7).
#pragma once

#include "loader/link.h"

namespace bpfcheck::loader {

/// Writes each extern's value into the .kconfig map's contents. An option that is not set leaves zero where it is weak.
Result<void> fill_kconfig(const Object& obj, const LinkOptions& opts, const Target& target, MapDef& map);

}  // namespace bpfcheck::loader
