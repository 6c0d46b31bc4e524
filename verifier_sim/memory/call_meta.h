// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is learnt of a helper call while its arguments are checked (struct bpf_call_arg_meta, 6.18).
#pragma once

#include "verifier_sim/env.h"

namespace bpfcheck::sim {

struct CallMeta {
  const Map* map = nullptr;
  u32 map_uid = 0;
  bool raw_mode = false, pkt_access = false;
  u8 release_regno = 0;
  int regno = 0, access_size = 0;
  u32 mem_size = 0;
  u64 msize_max_value = 0;
  u32 ref_obj_id = 0, dynptr_id = 0;
  u32 subprogno = 0;
  const Field* kptr_field = nullptr;  ///< bpf_kptr_xchg
  u32 func_id = 0;
  const btf::Btf* ret_btf = nullptr;  ///< RET_PTR_TO_MEM_OR_BTF_ID: the type that the result points to
  u32 ret_btf_id = 0;
  bool cpu_of_kptr = false;  ///< bpf_per_cpu_ptr, bpf_this_cpu_ptr of per-CPU memory that RCU protects
  s64 const_map_key = 0;     ///< of an array look-up; -1: not a constant
};

}  // namespace bpfcheck::sim
