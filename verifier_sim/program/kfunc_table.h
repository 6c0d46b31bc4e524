// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel functions that a program calls (struct bpf_kfunc_desc_tab: kernel/bpf/verifier.c, 6.18).
#pragma once

#include <map>

#include "verifier_sim/program/kfunc_meta.h"

namespace bpfcheck::sim {

/// struct bpf_kfunc_desc
struct KfuncDesc {
  const btf::Btf* btf = nullptr;
  u32 func_proto_id = 0;
  SpecialKfunc special = SpecialKfunc::none;
  KfuncEntry entry;
};

/// By type id and index of the BTF that holds it, as a call instruction names them.
struct KfuncTable {
  std::map<std::pair<u32, s16>, KfuncDesc> descs;
};

}  // namespace bpfcheck::sim
