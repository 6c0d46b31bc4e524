// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Values of kconfig externs (bpf_object__resolve_externs, set_kcfg_value_*: libbpf 1.7).
#pragma once

#include "kernel_db/target.h"
#include "loader/externs_in_kernel.h"
#include "loader/object.h"

namespace bpfcheck::loader {

/// Writes each extern's value into the .kconfig map's contents. An option that is not set leaves zero where it is weak.
/// By index of Object::externs what is not known, with what it may be.
Result<UnknownExterns> fill_kconfig(const Object& obj, const Target& target, MapDef& map);

/// libbpf can give a value to an extern of this type.
bool kcfg_type_supported(const btf::Btf& btf, u32 type_id);

}  // namespace bpfcheck::loader
