// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Memory of known size: map values and keys, packets, buffers (check_mem_region_access and its users:
// kernel/bpf/verifier.c, 6.18).
#pragma once

#include "verifier_sim/memory/call_meta.h"

namespace bpfcheck::sim {

Stop check_mem_region_access(Env& env, u32 regno, int off, int size, u32 mem_size, bool zero_size_allowed);
Stop check_ptr_off_reg_raw(Env& env, const Reg* reg, u32 regno, bool fixed_off_ok);
inline Stop check_ptr_off_reg(Env& env, const Reg* reg, u32 regno) {
  return check_ptr_off_reg_raw(env, reg, regno, false);
}
/// Read-only for programs by its flags, or because the kernel creates maps of this type so (dev_map_init_map).
bool programs_may_not_write(const loader::MapDef& map);
Stop check_map_access_type(Env& env, u32 regno, int off, int size, AccessType t);
/// `direct`: by load or store, not by a helper.
Stop check_map_access(Env& env, u32 regno, int off, int size, bool zero_size_allowed, bool direct);
bool may_access_direct_pkt_data(Env& env, const CallMeta* meta, AccessType t);
Stop check_packet_access(Env& env, u32 regno, int off, int size, bool zero_size_allowed);
Stop check_ptr_alignment(Env& env, const Reg* reg, int off, int size, bool strict_alignment_once);
Stop check_tp_buffer_access(Env& env, const Reg* reg, u32 regno, int off, int size);
Stop check_buffer_access(Env& env, const Reg* reg, u32 regno, int off, int size, u32* max_access);

}  // namespace bpfcheck::sim
