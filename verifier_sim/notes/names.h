// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel's names for what the verifier tracks (reg_type_str and friends: kernel/bpf/log.c, 6.18).
#pragma once

#include <string>
#include <string_view>

#include "btf/btf.h"
#include "kernel_db/type_names.h"
#include "kernel_db/types.h"
#include "verifier_sim/domain/tnum.h"

namespace bpfcheck::sim {

/// A register's type as an operand of words, which each kernel spells its way.
inline RegTypes reg_type_str(u32 type) { return {{type}}; }
std::string_view dynptr_type_str(DynptrType type);
inline constexpr std::string_view iter_prefix = "bpf_iter_";
/// "num" of struct bpf_iter_num.
std::string iter_type_str(const btf::Btf& btf, u32 btf_id);
/// What is known of a number's bits as an operand of words.
constexpr TrackedBits tnum_strn(Tnum t) { return {t.value, t.mask}; }

}  // namespace bpfcheck::sim
