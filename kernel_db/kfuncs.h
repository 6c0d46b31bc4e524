// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel functions that programs may call (kfuncs): who registered which for which program type, with what flags
// (kfuncs.def). Answers as btf_kfunc_id_set_contains of kernel/bpf/btf.c does, 6.18.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "kernel_db/helpers.h"

namespace bpfcheck {

/// include/linux/btf.h, 6.18; those above 15, 7.3
enum KfuncFlag : u32 {
  KF_ACQUIRE = 1u << 0,
  KF_RELEASE = 1u << 1,
  KF_RET_NULL = 1u << 2,
  KF_TRUSTED_ARGS = 1u << 4,
  KF_SLEEPABLE = 1u << 5,
  KF_DESTRUCTIVE = 1u << 6,
  KF_RCU = 1u << 7,
  KF_ITER_NEW = 1u << 8,
  KF_ITER_NEXT = 1u << 9,
  KF_ITER_DESTROY = 1u << 10,
  KF_RCU_PROTECTED = 1u << 11,
  KF_FASTCALL = 1u << 12,
  KF_ARENA_RET = 1u << 13,
  KF_ARENA_ARG1 = 1u << 14,
  KF_ARENA_ARG2 = 1u << 15,
  KF_IMPLICIT_ARGS = 1u << 16,
  KF_PERFMON = 1u << 18,
};

/// A set in which a function stands, and its flags there.
struct KfuncRow;

/// What is known of one function, whoever asks.
struct KfuncEntry {
  std::string_view name;
  const std::vector<KfuncRow>* rows = nullptr;  ///< the sets that hold it; null where it is no kfunc
  bool unknown = false;  ///< its BTF marks it as a kfunc, but no table lists it, or what it does is not modelled
};

/// Function `func_id` of `btf`, vmlinux's or a module's. The BTF is the first witness: where it marks kfuncs by
/// declaration tags, a function without the tag is none.
KfuncEntry kfunc_entry(const Target& target, const btf::Btf& btf, u32 func_id);
/// KfuncFlag bits with which this program may call it; nothing where it may not.
std::optional<u32> kfunc_flags(const Target& target, const KfuncEntry& kfunc, const HelperContext& ctx);

/// The table as it is on one target: built once, into Target::kfuncs.
std::shared_ptr<const RegisteredKfuncs> registered_kfuncs_of(const Target& target);

}  // namespace bpfcheck
